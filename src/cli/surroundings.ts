/** What the process gives to a command line, and how it is written to. */
import type { TakeSignals } from "../base/stop-signals.ts";
import type { Output } from "./output.ts";
import type { GlobalValues } from "./parse.ts";
import { makeStyle, type Style, wantsColor } from "./render/style.ts";

/** What the process gives. Columns are null where no terminal is. */
export interface Surroundings {
  /** Throws `not-a-repository` when it is read and the folder is gone. */
  readonly cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  stdout: Output;
  stderr: Output;
  stdin: AsyncIterable<Uint8Array>;
  stdoutColumns: number | null;
  /** Lines of the terminal; absent where there is none. */
  stdoutRows?: number | undefined;
  stderrColumns(): number | null;
  signal: AbortSignal;
  signals: TakeSignals;
}

/** What decides how a failure is told. */
export type Told = Pick<GlobalValues, "json" | "verbose" | "color">;

/** Where stdout is no terminal, nothing is cut: paths in a pipe are for programs. COLUMNS says otherwise. */
export function resultStyle(told: Told, { stdoutColumns, env }: Surroundings): Style {
  const width = stdoutColumns ?? (Number(env["COLUMNS"]) || Infinity);
  return makeStyle({ color: wantsColor(told.color, stdoutColumns !== null, env), width, verbose: told.verbose });
}

/** Of what is told on stderr. */
export function errorStyle(told: Told, { stderrColumns, env }: Surroundings): Style {
  return makeStyle({ color: wantsColor(told.color, stderrColumns() !== null, env), verbose: told.verbose });
}
