/** What earlier imports from MLflow made here, and which numbers are taken. */
import { type ModelName, versionRef } from "../../values/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { readVersions, type Version, type VersionRef, versionRefs } from "../../registry/versions.ts";

/** Versions by what in MLflow they were made of; knows those that this import adds or, in a dry run, would add. */
export class ImportedBefore {
  readonly #done = new Map<string, Version>();
  /** Of each model. */
  readonly #newest = new Map<string, Version>();
  readonly #taken = new Set<string>();
  readonly #planned = new Map<string, number>();
  /** Numbers that were given, asked for once, and only where a new one is needed. */
  readonly #given: () => Promise<ReadonlyMap<ModelName, ReadonlySet<number>>>;
  #isAsked = false;

  private constructor(given: () => Promise<ReadonlyMap<ModelName, ReadonlySet<number>>>) {
    this.#given = given;
  }

  /** Reads every version of the clone. `given`: every number that was given of each model. */
  static async in(
    repo: Repo,
    given: () => Promise<ReadonlyMap<ModelName, ReadonlySet<number>>>,
  ): Promise<ImportedBefore> {
    const before = new ImportedBefore(given);
    const refs = versionRefs(await repo.git.refs());
    for (const ref of refs) before.#take(ref);
    for await (const reading of readVersions(repo.git, refs))
      if (reading.kind === "version") before.#remember(reading.version);
    return before;
  }

  #take({ model, version }: Pick<VersionRef, "model" | "version">): void {
    this.#taken.add(versionRef(model, version));
  }

  #remember(version: Version): void {
    const origin = version.pack.environment["mlflow"];
    if (origin === null || typeof origin !== "object" || Array.isArray(origin)) return;
    this.#done.set(keyOf(version.pack.model, origin), version);
    if ((this.#newest.get(version.model)?.version ?? 0) < version.version) this.#newest.set(version.model, version);
  }

  add(version: Version): void {
    this.#take(version);
    this.#remember(version);
  }

  /** Of a dry run: a version that would be made. */
  plan(key: string, version: Pick<VersionRef, "model" | "version">): void {
    this.#take(version);
    this.#planned.set(key, version.version);
  }

  get(key: string): Version | undefined {
    return this.#done.get(key);
  }

  newestOf(model: ModelName): Version | null {
    return this.#newest.get(model) ?? null;
  }

  /** The version that was made of MLflow's with this number. */
  madeOf(model: ModelName, number: number): Version | undefined {
    const all = [...this.#done.values()];
    return all.find(({ pack }) => pack.model === model && isVersion(pack.environment["mlflow"], number));
  }

  /** The number here of what would be made of MLflow's version with this number. */
  plannedOf(model: ModelName, number: number): number | undefined {
    const isOf = (key: string): boolean => key.startsWith(`${model}\0`) && key.endsWith(`\0${number}`);
    return [...this.#planned].find(([key]) => isOf(key))?.[1];
  }

  /** `wished` where it is free, else the next of the model. Numbers whose tags are gone are not free either. */
  async freeNumber(model: ModelName, wished: number | null): Promise<number> {
    if (!this.#isAsked)
      for (const [of, numbers] of await this.#given())
        for (const version of numbers) this.#take({ model: of, version });
    this.#isAsked = true;
    if (wished !== null && wished > 0 && !this.#taken.has(versionRef(model, wished))) return wished;
    const prefix = versionRef(model, 1).slice(0, -1);
    const own = [...this.#taken].filter((ref) => ref.startsWith(prefix));
    return 1 + own.reduce((most, ref) => Math.max(most, Number(ref.slice(prefix.length))), 0);
  }
}

/** What in MLflow a version is made of. */
export function keyOf(model: string, origin: { [key: string]: unknown }): string {
  const text = (key: string): string => (origin[key] === undefined ? "" : String(origin[key]));
  return [model, text("run"), text("model"), text("version")].join("\0");
}

function isVersion(origin: unknown, number: number): boolean {
  return origin !== null && typeof origin === "object" && (origin as Record<string, unknown>)["version"] === number;
}
