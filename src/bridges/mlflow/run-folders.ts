/** The folder `mlruns`, read as hostile text: bounded, and never through a link or out of its folder. */
import { basename, join } from "node:path";
import { Contained } from "../../base/contained.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Curve } from "../../mlflow/state.ts";
import { asMetric } from "../../values/recorded-values.ts";
import { readYaml, type YamlValue } from "../../values/strict-yaml.ts";
import { curveOf } from "./source.ts";

/** Bytes that are read of one file. */
const CAPS = { meta: 1024 * 1024, value: 64 * 1024, metric: 64 * 1024 * 1024 };
export type Meta = ReadonlyMap<string, YamlValue>;

/** Documents, texts and names of a folder of MLflow's. Throws `usage` for a document that cannot be read. */
export class RunFolders {
  readonly root: string;
  readonly #folder: Contained;

  constructor(folder: string) {
    this.#folder = new Contained(folder);
    this.root = this.#folder.root;
  }

  /** Names of what was left out because it is a link. */
  get links(): Iterable<string> {
    return this.#folder.links;
  }

  isFile(path: string): boolean {
    return this.#folder.isPlain(path);
  }

  /** Folders themselves, not links to any. */
  subfolders(folder: string): string[] {
    return this.#folder
      .entries(folder)
      .filter((each) => each.isDirectory())
      .map(({ name }) => name)
      .sort();
  }

  /** Regular files of a folder. */
  files(folder: string): string[] {
    return this.#folder
      .entries(folder)
      .filter((each) => each.isFile())
      .map(({ name }) => name)
      .sort();
  }

  /** Every regular file below a folder. */
  walk(folder: string, prefix = "", depth = 0): string[] {
    if (depth > 64) return [];
    return this.#folder
      .entries(folder)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((each) => {
        const path = `${prefix}${each.name}`;
        if (each.isDirectory()) return this.walk(join(folder, each.name), `${path}/`, depth + 1);
        return each.isFile() ? [path] : [];
      });
  }

  /** Null where there is none. */
  async readMeta(folder: string): Promise<Meta | null> {
    const bytes = this.#folder.read(join(folder, "meta.yaml"), CAPS.meta);
    if (bytes === null) return null;
    const reading = await readYaml(bytes.toString("utf8"));
    if (reading.kind === "value" && reading.value instanceof Map) return reading.value;
    const why = reading.kind === "malformed" ? `: ${reading.reason}` : "";
    const file = display(join(this.#folder.root, folder, "meta.yaml"));
    throw new MvgitError("usage", `'${file}' cannot be read${why}`, { subject: display(basename(folder)) });
  }

  /** Without its last line break; "" where there is none. */
  readText(file: string): string {
    return this.#folder.read(file, CAPS.value)?.toString("utf8").replace(/\n$/, "") ?? "";
  }

  /** Lines of `time value step`. */
  readCurve(file: string): Curve | null {
    const lines = this.#folder.read(file, CAPS.metric)?.toString("latin1").split("\n") ?? [];
    return curveOf(
      lines.flatMap((line) => {
        const [time, value = "", step] = line.split(" ");
        const metric = asMetric(value !== "" && !Number.isNaN(Number(value)) ? Number(value) : value);
        return metric === null ? [] : [{ time: Number(time) || 0, value: metric, step: Number(step) || 0 }];
      }),
    );
  }
}

export function text(meta: Meta, key: string): string {
  const value = meta.get(key);
  return typeof value === "string" && value !== "null" && value !== "~" ? value : "";
}

export function number(meta: Meta, key: string): number {
  const value = Number(text(meta, key));
  return Number.isSafeInteger(value) ? value : 0;
}
