/**
 * What a run depends on besides data, code and settings. Nothing here ever fails a run: what cannot be told is left
 * out, and said.
 */
import { display } from "../../../base/paths.ts";
import type { Mapping } from "../../../values/document.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import { environmentSections, type Seen } from "../../../values/environment-record.ts";
import type { Masker } from "../../../values/secrets.ts";
import { ProcessWatch, type Sighting } from "../../../program/processes/watch.ts";
import { condaSection } from "./conda.ts";
import { ranElsewhere } from "./elsewhere.ts";
import { isLibrary } from "./frameworks.ts";
import { guessInterpreter, usesPython } from "./guess.ts";
import { interpretersOf } from "./interpreters.ts";
import { lockFiles } from "./lock-files.ts";
import { Looks } from "./looks.ts";
import { machineSections } from "./machine.ts";
import { originsOf, type Place } from "./places.ts";
import { unseenScripts } from "./unseen.ts";
import { variables } from "./variables.ts";

export interface Captured {
  environment: Mapping;
  /** Sentences about what could not be seen. */
  notes: string[];
}

/** Watches what a command runs, and tells its environment when it has ended. */
export class Capture {
  readonly #words: readonly string[];
  readonly #place: Place;
  readonly #masker: Masker;
  readonly #looks: Looks;
  readonly #machine: Promise<Record<string, Mapping | Mapping[]>>;
  #watch: ProcessWatch | null = null;
  #wasStarted = false;
  #attached: number | null = null;
  #sightings: readonly Sighting[] = [];

  /** Made before the command starts: what the machine is, and its lock files, are as they are then. */
  constructor(words: readonly string[], place: Place, masker: Masker) {
    [this.#words, this.#place, this.#masker] = [words, place, masker];
    this.#looks = new Looks(place.top);
    const locks = lockFiles(place, { withPython: true });
    this.#machine = machineSections(place, masker)
      .catch(() => ({}))
      .then((machine) => ({ ...machine, locks }));
  }

  /** What is known before the command starts: no interpreter yet. */
  async beforehand(): Promise<Mapping> {
    return filled({ ...(await this.#machine), seen: "nothing", variables: variables(this.#place.env, this.#masker) });
  }

  /**
   * Called with the number of the process as soon as it runs. `marker`: a variable that it was given, and no other
   * process has. `isAttached`: it ran before, and may have changed its variables since it was started.
   */
  observe(pid: number, marker: { name: string; value: string }, { isAttached = false } = {}): void {
    this.#wasStarted = true;
    this.#attached = isAttached ? pid : null;
    this.#watch = ProcessWatch.start(pid, { marker, isLibrary, onSighting: (sighting) => this.#looks.see(sighting) });
  }

  /** Called when it has ended. */
  ended(): void {
    this.#sightings = this.#watch?.end() ?? [];
  }

  async result(): Promise<Captured> {
    this.ended();
    const seen = this.#settle();
    const { top, alsoTops = [], env } = this.#place;
    const { interpreters, main, notes, frameworks } = await interpretersOf(this.#looks, {
      origins: originsOf([top, ...alsoTops], env),
      top,
      masker: this.#masker,
    });
    const { locks = [], ...machine } = await this.#machine;
    const python = interpreters.find(
      (each) => each.kind === "python" && each.role === "program" && each.packages !== null,
    );
    const node = interpreters[0]?.kind === "node" ? interpreters[0] : undefined;
    const environment = filled({
      ...machine,
      ...environmentSections({ seen, interpreters }, (list) => hashBytes(Buffer.from(list)).slice(0, 16)),
      python: python
        ? {
            version: python.version,
            implementation: python.implementation,
            packages: (python.packages ?? []).map(({ name, version }) => `${name}==${version}`).sort(),
          }
        : null,
      node: node ? { version: node.version || "unknown" } : null,
      conda: condaSection((main === null ? env["CONDA_PREFIX"] : this.#condaOf(main)) ?? ""),
      frameworks,
      locks: python ? withoutPython(locks as Mapping[]) : locks,
      variables: variables(main === null || main.pid === this.#attached ? env : main.env, this.#masker),
    });
    return { environment, notes: [...this.#notes(seen), ...notes] };
  }

  /** Where nothing could be watched, what the words say. */
  #settle(): Seen {
    if (this.#looks.sightings.length > 0) return "processes";
    const guess = guessInterpreter(this.#words, this.#place);
    // One that ended sooner than it could be seen is still the one that the command names; PATH tells nothing of what
    // ran.
    if (guess === null || (this.#watch !== null && guess.seen === "guess")) return "nothing";
    this.#looks.see(guess.sighting);
    return guess.seen;
  }

  #condaOf(main: Sighting): string | undefined {
    const place = this.#looks.placeOf(main);
    const active = main.env["CONDA_PREFIX"];
    if (place?.kind === "conda") return place.prefix;
    return place === null && active && main.exe.startsWith(`${active}/`) ? active : undefined;
  }

  #notes(seen: Seen): string[] {
    const elsewhere = [this.#words, ...this.#sightings.map(({ argv }) => argv)]
      .map(ranElsewhere)
      .filter((each) => each !== null);
    const said = [...new Set(elsewhere)].slice(0, 10);
    if (seen === "guess")
      said.push("the command's interpreters could not be seen: the recorded Python is a guess by PATH");
    for (const script of unseenScripts(this.#words, this.#sightings, this.#place).slice(0, 5))
      said.push(
        `'${display(script)}' was not seen running: it ended too soon, and which packages it used is not known`,
      );
    if (seen === "nothing" && this.#wasStarted && said.length === 0 && usesPython(this.#words))
      said.push("no interpreter was seen among the command's processes: which packages it used is not known");
    return said;
  }
}

/** Lists that the interpreter itself told are not told again. */
function withoutPython(locks: readonly Mapping[]): Mapping[] {
  return locks.map(({ packages, ...rest }) =>
    /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/.test(String(rest["path"])) && packages !== undefined
      ? { ...rest, packages }
      : rest,
  );
}

/** Of what is saved and not run. */
export async function captureEnvironment(place: Place, masker: Masker): Promise<Mapping> {
  return filled({
    ...(await machineSections(place, masker)),
    conda: condaSection(place.env["CONDA_PREFIX"] ?? ""),
    locks: lockFiles(place, { withPython: true }),
    variables: variables(place.env, masker),
  });
}

/** Without sections that have nothing in them. */
function filled(sections: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(sections).filter(
      ([, value]) => value !== null && (typeof value !== "object" || Object.keys(value).length > 0),
    ),
  );
}
