/**
 * What a command is made of. Its name, summary and example stand in the table of its family (`commands/FAMILY.ts`),
 * which is read at every start; all else stands in `commands/FAMILY/NAME.ts`, which is loaded only for the command that
 * runs.
 *
 * A command computes a report (plain data) and says separately how it reads as text, so `--json` needs no code of
 * its own: the report is the document.
 */
import type { MvgitError } from "../base/errors.ts";
import { type Options, type OptionValues, value } from "./options.ts";
import type { Style } from "./render/style.ts";
import type { Session } from "./session.ts";

/**
 * What a command line said: operands as typed (always strings, also `007`), how many of them came before `--` (null
 * without one), and each option by its name in code.
 */
type Args<O extends Options> = OptionValues<O> & { operands: string[]; separator: number | null };

/** What is known of a command at every start. */
export interface CommandEntry {
  /** One word, or two: `remote add`. */
  name: string;
  /** Up to 56 columns, an imperative without full stop. */
  summary: string;
  /** A line that can be typed. ADDRESS stands for that of a remote, as a driver has it. */
  example: string;
  load(): Promise<{ command: AnyCommand }>;
}

/** Commands that the help shows together. */
export interface CommandGroup {
  title: string;
  /** A line that shows how the commands of this group are used together, with ADDRESS as in theirs. */
  example: string;
  commands: readonly CommandEntry[];
}

/** What stands in a command's file. */
export interface Command<O extends Options, R extends object> {
  /** As usage shows it: `PATH...`, `[REV] [PATH...]`, `NAME URL`. Says how many operands there may be. */
  arguments?: string;
  options: O;
  /** More about the command for its help, as people read it: `wrap` (`render/wrap.ts`) lays it out. */
  details?: string;
  /**
   * What stdout is. `answer` (default): what was asked for, shown always; `deed`: an account of what was done, which
   * `-q` hides; `bytes`: `run` writes them itself with `session.write`, and `--json` is a usage error; `own`: `run`
   * writes all of it itself, with `--json` the document too, since it is wanted before the command's end.
   */
  output?: "answer" | "deed" | "bytes" | "own";
  /** Settles hooks itself, or is called by Git: nothing is noted of missing ones. */
  aboutHooks?: boolean;
  /** Does it. The report's fields are the document of `--json`, so they are kept stable. Throws MvgitErrors. */
  run(args: Args<O>, session: Session): Promise<R>;
  /** The report as text for stdout, without the last line feed; "" prints nothing. Not called for `bytes` and `own`. */
  text(report: R, style: Style): string;
  /** What `--format` may ask for besides `table` and `json`, which every command with formats has. */
  formats?: Formats<NoInfer<R>>;
  /**
   * What went wrong for single paths while the rest was done: told on stderr. Unless `exit` says otherwise, one kind
   * of failure gives its exit status and several give 3.
   */
  failures?(report: R): readonly MvgitError[];
  /** The exit status, 0 unless there were failures. */
  exit?(report: R): number;
  /** A signal is how it ends, not what stops it. */
  endsBySignal?(report: R): boolean;
}

/** A report in other forms. Each answers with all of stdout. */
interface Formats<R extends object> {
  /** Markdown, without the last line feed. */
  md?(report: R, style: Style): string;
  /** With the line ends that spreadsheets want. */
  csv?(report: R): string;
  /** One file that needs no other. */
  html?(report: R, session: Session): Promise<string>;
}

/** A command whose types the frame no longer needs to know. */
export interface AnyCommand {
  arguments: string;
  options: Options;
  details: string;
  output: "answer" | "deed" | "bytes" | "own";
  aboutHooks: boolean;
  run(
    args: Record<string, unknown> & { operands: string[]; separator: number | null },
    session: Session,
  ): Promise<object>;
  text(report: object, style: Style): string;
  formats: Formats<object>;
  failures(report: object): readonly MvgitError[];
  exit(report: object): number | undefined;
  endsBySignal(report: object): boolean;
}

/** The option of commands with formats. */
export const FORMAT = "format";

function formatOption(formats: Formats<object>): Options[string] {
  return value("FORMAT", `${Object.keys(formats).join(", ")}, json or table (default)`);
}

/** What the frame of a document says itself, and no report may say otherwise. */
interface Framed {
  command?: never;
}

/** Makes a command; infers the types of its options and of its report. */
export function defineCommand<const O extends Options, R extends object & Framed>(command: Command<O, R>): AnyCommand {
  const formats = (command.formats ?? {}) as Formats<object>;
  return {
    arguments: command.arguments ?? "",
    options: { ...command.options, ...(command.formats && { [FORMAT]: formatOption(formats) }) },
    formats,
    details: command.details ?? "",
    output: command.output ?? "answer",
    aboutHooks: command.aboutHooks ?? false,
    run: (args, session) => command.run(args as Args<O>, session),
    text: (report, style) => command.text(report as R, style),
    failures: (report) => command.failures?.(report as R) ?? [],
    exit: (report) => command.exit?.(report as R),
    endsBySignal: (report) => command.endsBySignal?.(report as R) ?? false,
  };
}
