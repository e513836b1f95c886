/** From the words of a command line to an exit status. */
import { failureData, toDocument } from "../base/as-document.ts";
import { MvgitError } from "../base/errors.ts";
import { asMvgitError } from "../base/system-errors.ts";
import { leftWhenStopped } from "../base/stop-signals.ts";
import { display } from "../base/paths.ts";
import { type AnyCommand, type CommandEntry, FORMAT } from "./command.ts";
import { openSession } from "./open-session.ts";
import type { Session } from "./session.ts";
import { checkOperands, findName, type GlobalValues, parse, type Parsed } from "./parse.ts";
import { failureText, statusOf } from "./present.ts";
import type { Style } from "./render/style.ts";
import { resolveCommand, type Resolved } from "./resolve.ts";
import { errorStyle, resultStyle, type Surroundings, type Told } from "./surroundings.ts";

/** Put in by the build. */
declare const MVGIT_VERSION: string;

/** Texts that no start needs, but one that asks for them. */
const loadHelp = (): Promise<typeof import("./help.ts")> => import("./help.ts");

/**
 * Runs it, prints what there is to print, and returns the exit status: never 0 where not all of it could be printed.
 * Never throws.
 */
export async function runCommandLine(argv: readonly string[], around: Surroundings): Promise<number> {
  const status = await runAndTell(argv, around);
  const { failure } = around.stdout;
  if (failure === null) return status;
  await around.stderr.write(failureText(failure, errorStyle(toldBeforeParsing(argv), around)) + "\n");
  return status === 0 ? failure.exitStatus : status;
}

async function runAndTell(argv: readonly string[], around: Surroundings): Promise<number> {
  const about = { name: "", told: toldBeforeParsing(argv) };
  try {
    const words = helpAsOption(argv);
    const resolved = resolveCommand(words);
    if (resolved.kind !== "command") return await runWithoutCommand(resolved, words, around);
    about.name = resolved.entry.name;
    const { command } = await resolved.entry.load();
    const parsed = parse(resolved.rest, command.options);
    about.told = parsed.global;
    return await runParsed(resolved.entry, command, parsed, around);
  } catch (thrown) {
    const error = asMvgitError(around.signal.aborted ? around.signal.reason : thrown);
    if (about.told.json) await around.stdout.write(toDocument(about.name, { error: failureData(error) }));
    else await around.stderr.write(failureText(error, errorStyle(about.told, around)) + "\n");
    return error.exitStatus;
  }
}

/** A line that cannot be parsed is refused in the form that it seems to ask for. */
function toldBeforeParsing(argv: readonly string[]): Told {
  const end = argv.indexOf("--");
  const words = new Set(end < 0 ? argv : argv.slice(0, end));
  return { json: words.has("--json"), verbose: words.has("-v") || words.has("--verbose"), color: "auto" };
}

/** `help add` as `--help add`. */
function helpAsOption(argv: readonly string[]): readonly string[] {
  const at = findName(argv);
  return at >= 0 && argv[at] === "help" ? ["--help", ...argv.toSpliced(at, 1)] : argv;
}

async function runWithoutCommand(
  resolved: Exclude<Resolved, { kind: "command" }>,
  argv: readonly string[],
  around: Surroundings,
): Promise<number> {
  const { global, operands } = parse(resolved.kind === "family" ? resolved.rest : argv, {});
  const style = resultStyle(global, around);
  const name = resolved.kind === "family" ? resolved.name : "";
  if (global.version) {
    return await print({ version: MVGIT_VERSION }, `mvgit ${MVGIT_VERSION}`, { name, global, around });
  }
  if (resolved.kind === "family") {
    const { members } = resolved;
    if (!global.help) throw needsMember(name, members);
    const help = (await loadHelp()).familyHelp(name, members, style);
    return await print({ help }, help, { name, global, around });
  }
  if (operands.length > 0) {
    throw new MvgitError("usage", "the name of a command comes before '--'", {
      hint: "'mvgit help' lists all commands",
    });
  }
  const help = (await loadHelp()).mainHelp(style);
  return await print({ help }, help, { name, global, around });
}

function needsMember(name: string, members: readonly CommandEntry[]): MvgitError {
  const words = members.map((each) => `'${each.name.slice(name.length + 1)}'`);
  return new MvgitError("usage", `'mvgit ${name}' needs one more word: ${words.join(", ")}`, {
    subject: name,
    hint: `'mvgit help ${name}' tells what they do`,
  });
}

async function print(
  data: object,
  text: string,
  to: { name: string; global: Told; around: Surroundings },
): Promise<number> {
  await to.around.stdout.write(to.global.json ? toDocument(to.name, data) : text + "\n");
  return 0;
}

async function runParsed(
  entry: CommandEntry,
  command: AnyCommand,
  parsed: Parsed,
  around: Surroundings,
): Promise<number> {
  const format = formatOf(command, parsed);
  const global = format === "json" ? { ...parsed.global, json: true } : parsed.global;
  const style = resultStyle(global, around);
  if (global.help) {
    const help = (await loadHelp()).commandHelp(entry, command, style);
    return await print({ help }, help, { name: entry.name, global, around });
  }
  checkOperands(entry.name, command.arguments, parsed.operands);
  if (global.json && command.output === "bytes") {
    throw new MvgitError("usage", `'mvgit ${entry.name}' prints bytes, which '--json' cannot hold`);
  }
  const { session, finish, named } = openSession(command, global, around);
  let report: object;
  /** In the form that was asked for, whole; null: as usual. */
  let formed: string | null;
  try {
    const work = async (): Promise<[object, string | null]> => {
      const args = { ...parsed.values, operands: parsed.operands, separator: parsed.separator };
      const found = await command.run(args, session);
      return [found, await inFormat(command, found, { format, session, style })];
    };
    [report, formed] = await leftWhenStopped(work(), around.signal);
  } catch (error) {
    throw around.signal.aborted ? around.signal.reason : await named(error);
  } finally {
    finish();
  }
  const failures = command.failures(report);
  if (around.signal.aborted && failures.some((each) => each.code === "interrupted")) throw around.signal.reason;
  if (global.json && command.output !== "own") await around.stdout.write(toDocument(entry.name, report));
  else if (!global.json) await printReport(command, report, { formed, failures, global, around, style });
  if (around.signal.aborted && !command.endsBySignal(report))
    await around.stderr.write("the signal came too late: all of it was done\n");
  return command.exit(report) ?? statusOf(failures);
}

/** What `--format` asks for; null for nothing else than usual. Throws `usage` for what the command cannot be. */
function formatOf(command: AnyCommand, { values }: Parsed): string | null {
  const asked = values[FORMAT];
  if (typeof asked !== "string" || !(FORMAT in command.options) || asked === "table") return null;
  const all = [...Object.keys(command.formats), "json", "table"];
  if (all.includes(asked)) return asked;
  throw new MvgitError("usage", `there is no format '${display(asked)}'`, {
    subject: display(asked),
    hint: `it is one of: ${all.join(", ")}`,
  });
}

async function inFormat(
  { formats }: AnyCommand,
  report: object,
  { format, session, style }: { format: string | null; session: Session; style: Style },
): Promise<string | null> {
  if (format === "html") return (await formats.html?.(report, session)) ?? null;
  if (format === "csv") return formats.csv?.(report) ?? null;
  return format === "md" && formats.md ? `${formats.md(report, style)}\n` : null;
}

interface Printing {
  formed: string | null;
  failures: readonly MvgitError[];
  global: GlobalValues;
  around: Surroundings;
  style: Style;
}

async function printReport(
  command: AnyCommand,
  report: object,
  { formed, failures, global, around, style }: Printing,
): Promise<void> {
  const isShown = command.output === "answer" || (command.output === "deed" && !global.quiet);
  const text = isShown && formed === null ? command.text(report, style) : "";
  if (formed !== null) await around.stdout.write(formed);
  if (text !== "" && !(await isPaged(text, { command, global, around }))) await around.stdout.write(text + "\n");
  const told = failures.map((each) => failureText(each, errorStyle(global, around)) + "\n").join("");
  if (told !== "") await around.stderr.write(told);
}

/** Whether an answer that is longer than the screen was shown in a pager. */
async function isPaged(
  text: string,
  { command, global, around }: { command: AnyCommand; global: GlobalValues; around: Surroundings },
): Promise<boolean> {
  const { env, stdoutRows, signals } = around;
  const mayBe = command.output === "answer" && global.pager && !env["CI"] && env["TERM"] !== "dumb";
  if (!mayBe || stdoutRows === undefined || text.split("\n").length < stdoutRows) return false;
  const { showInPager } = await import("../program/pager.ts");
  return showInPager({ text: `${text}\n`, cwd: around.cwd, env, signals });
}
