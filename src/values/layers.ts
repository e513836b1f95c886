/**
 * Settings from several places, laid over each other: what comes later counts, and each name knows where it came from.
 */
import type { Scalar } from "./document.ts";
import type { Params } from "./recorded-values.ts";

/** Origins that are no path of a file: words of the command, what the program logged itself, what it told MLflow. */
export const COMMAND = "command";
export const LOG = "log";
export const MLFLOW = "mlflow";

export interface Layer {
  /** `command`, `log`, `mlflow`, or a file's path from the top of the work tree. */
  origin: string;
  params: Params;
  /** Names that it takes out of the layers below, with all that lies in them. */
  removed?: readonly string[];
  /** A program wrote it down when the command's words had been taken in: what it only repeats of them stays theirs. */
  isResolved?: boolean;
}

/**
 * Both without a prototype, so that a name such as `__proto__` is one like every other; names in the order in which
 * they came first.
 */
export function overlay(layers: readonly Layer[]): { params: Params; origins: Record<string, string> } {
  const params = Object.create(null) as Params;
  const origins = Object.create(null) as Record<string, string>;
  /** As argparse takes a name, to the name that it has here. */
  const known = new Map<string, string>();
  for (const { origin, params: own, removed = [], isResolved = false } of layers) {
    for (const name of removed) remove({ params, origins, known }, name, isResolved);
    for (const [typed, value] of Object.entries(own) as [string, Scalar][]) {
      const name = origin === COMMAND ? (known.get(asTyped(typed)) ?? typed) : typed;
      known.set(asTyped(name), name);
      const repeats = isResolved && origins[name] === COMMAND && params[name] === value;
      params[name] = value;
      if (!repeats) origins[name] = origin;
    }
  }
  return { params, origins };
}

function asTyped(name: string): string {
  return name.replaceAll("-", "_");
}

function remove(
  { params, origins, known }: { params: Params; origins: Record<string, string>; known: Map<string, string> },
  removed: string,
  keepsCommand: boolean,
): void {
  const plain = asTyped(removed);
  for (const name of Object.keys(params).filter(
    (each) => asTyped(each) === plain || asTyped(each).startsWith(`${plain}.`),
  )) {
    if (keepsCommand && origins[name] === COMMAND) continue;
    delete params[name];
    delete origins[name];
    known.delete(asTyped(name));
  }
}
