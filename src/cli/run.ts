/** From the words of a command line to an exit status. */
import { asMvgitError, MvgitError } from "../base/errors.ts";
import { leftWhenStopped } from "../base/stop-signals.ts";
import type { AnyCommand, CommandEntry } from "./command.ts";
import { openSession } from "./open-session.ts";
import { checkOperands, findName, type GlobalValues, parse, type Parsed } from "./parse.ts";
import { failureData, failureText, statusOf, toDocument } from "./present.ts";
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
  const { global } = parsed;
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
  try {
    report = await leftWhenStopped(
      command.run({ ...parsed.values, operands: parsed.operands, separator: parsed.separator }, session),
      around.signal,
    );
  } catch (error) {
    throw around.signal.aborted ? around.signal.reason : await named(error);
  } finally {
    finish();
  }
  const failures = command.failures(report);
  if (around.signal.aborted && failures.some((each) => each.code === "interrupted")) throw around.signal.reason;
  if (global.json) await around.stdout.write(toDocument(entry.name, report));
  else await printReport(command, report, { failures, global, around, style });
  if (around.signal.aborted && !command.endsBySignal(report))
    await around.stderr.write("the signal came too late: all of it was done\n");
  return command.exit(report) ?? statusOf(failures);
}

async function printReport(
  command: AnyCommand,
  report: object,
  {
    failures,
    global,
    around,
    style,
  }: { failures: readonly MvgitError[]; global: GlobalValues; around: Surroundings; style: Style },
): Promise<void> {
  const isShown = command.output === "answer" || (command.output === "deed" && !global.quiet);
  const text = isShown ? command.text(report, style) : "";
  if (text !== "") await around.stdout.write(text + "\n");
  const told = failures.map((each) => failureText(each, errorStyle(global, around)) + "\n").join("");
  if (told !== "") await around.stderr.write(told);
}
