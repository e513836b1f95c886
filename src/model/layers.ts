/** Settings from several places, laid over each other: what comes later counts, and each name knows where it came from. */
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
}

/** Both without a prototype, so that a name such as `__proto__` is one like every other; names in the order in which they came first. */
export function overlay(layers: readonly Layer[]): { params: Params; origins: Record<string, string> } {
  const params = Object.create(null) as Params;
  const origins = Object.create(null) as Record<string, string>;
  for (const { origin, params: own } of layers) {
    for (const [name, value] of Object.entries(own) as [string, Scalar][]) {
      params[name] = value;
      origins[name] = origin;
    }
  }
  return { params, origins };
}
