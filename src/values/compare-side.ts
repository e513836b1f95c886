/** What a comparison says of each version itself. */
import type { ModelName } from "./label.ts";
import type { Package } from "./package.ts";

/** One side of a comparison. */
export interface Side {
  label: string;
  model: ModelName;
  version: number;
  time: string;
  author: string;
  message: string;
  command: string[] | null;
  /** Whether the options of its command are among its settings: not of versions that an mvgit of before made. */
  optionsKnown: boolean;
}

export function sideOf(label: string, pack: Package): Side {
  const { model, version, time, author, message, run, origins } = pack;
  return {
    label,
    model,
    version,
    time,
    author,
    message,
    command: run?.command ?? null,
    optionsKnown: run === null || origins !== undefined,
  };
}

/** Where a version has a setting from; null where that is not known, or it lacks it. */
export function originOf({ origins }: Pick<Package, "origins">, name: string): string | null {
  return origins !== undefined && Object.hasOwn(origins, name) ? (origins[name] ?? null) : null;
}
