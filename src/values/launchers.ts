/**
 * Which words of a command the trained program itself was given: what starts it (`uv run`, `torchrun`, `python -m`,
 * `bash -c`) has options of its own, which are no settings. Pure; what cannot be told is said so.
 */
import { prose } from "../base/prose.ts";
import {
  BUILDERS,
  LAUNCHERS,
  MODULES,
  PYTHON,
  QUEUES,
  RUNNERS,
  SCRIPTED,
  SHELL,
  UTILITIES,
  VALUE_OPTIONS,
  WRAPPERS,
} from "./known-launchers.ts";
import { type Script, readScript } from "./shell-words.ts";

/** A program, and the words that it was started with. */
export interface Invocation {
  /** Path of its file as typed (`train.py`, `./train`), or `-m MODULE`; "" where none is known. */
  program: string;
  args: readonly string[];
  /** Where it starts, relative to where the command does. */
  folder: string;
  /** Only `NAME=VALUE` words are settings, as of make. */
  assignmentsOnly: boolean;
}

export interface Launched {
  invocations: Invocation[];
  /** Programs of which it is not known whether they ran. */
  conditional: Invocation[];
  /** Sentences on what could not be told. */
  unknown: string[];
}

/** Levels of one starting another. */
const DEEPEST = 12;

/**
 * Never throws. `secrets`: names that stand as `${NAME}` in place of what was masked, and are no variables of a script.
 */
export function launched(command: readonly string[], secrets: readonly string[] = []): Launched {
  const found: Launched = { invocations: [], conditional: [], unknown: [] };
  peel(command, { folder: "", depth: 0, found, secrets });
  if (found.conditional.length > 0) found.unknown.push(CONDITIONAL);
  return found;
}

interface Place {
  folder: string;
  depth: number;
  found: Launched;
  secrets: readonly string[];
}

function peel(command: readonly string[], { folder, depth, found, secrets }: Place): void {
  const [first = "", second = ""] = command;
  const name = baseName(first);
  if (name === "" || depth > DEEPEST || UTILITIES.has(name)) return;
  const next = { folder, depth: depth + 1, found, secrets };
  const rest = command.slice(1);
  if (name === "env") return peelEnv(rest, next);
  if (Object.hasOwn(WRAPPERS, name)) return peel(afterOptions(rest, name).slice(WRAPPERS[name]), next);
  if (Object.hasOwn(RUNNERS, name) && RUNNERS[name]?.includes(second))
    return peelRunner(`${name} ${second}`, command.slice(2), next);
  if (PYTHON.test(name)) return peelPython(rest, next);
  if (SHELL.test(name) && scriptOption(rest) >= 0) return peelShell(rest.slice(scriptOption(rest) + 1), next);
  if (SCRIPTED.test(name)) return addScript(afterOptions(rest, name), next);
  if (LAUNCHERS.test(name)) return peelLauncher(name, rest, next);
  if (QUEUES.test(name)) return peel(afterOptions(rest, name === "srun" ? "srun" : "mpirun"), next);
  peelUnknown(first, rest, next);
}

/** A program that is none of those above. */
function peelUnknown(first: string, rest: readonly string[], place: Place): void {
  const name = baseName(first);
  const inner = first.includes("/") || isScript(name) || BUILDERS.test(name) ? -1 : innerProgram(rest);
  if (inner >= 0) return peel(rest.slice(inner), place);
  place.found.invocations.push({ program: first, folder: place.folder, ...settingsFor(name, rest) });
}

/** Where among the words of a program that is not known another one begins; -1 for nowhere. */
function innerProgram(rest: readonly string[]): number {
  return rest.findIndex((word) => isScript(word) || PYTHON.test(baseName(word)) || LAUNCHERS.test(baseName(word)));
}

/** The words that a program takes for settings. */
function settingsFor(name: string, rest: readonly string[]): Pick<Invocation, "args" | "assignmentsOnly"> {
  if (name.endsWith("make") && BUILDERS.test(name)) return { args: afterValues(rest, "make"), assignmentsOnly: true };
  if (name === "papermill") return { args: notebookParameters(rest), assignmentsOnly: false };
  if (!BUILDERS.test(name)) return { args: rest, assignmentsOnly: false };
  return { args: rest.includes("--") ? rest.slice(rest.indexOf("--") + 1) : [], assignmentsOnly: false };
}

/** Papermill's `-p lr 0.1`, as `lr=0.1`. */
function notebookParameters(rest: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const [word = "", name = "", value] = rest.slice(at, at + 3);
    if (/^(?:-p|-r|--parameters|--parameters_raw|--parameters-raw)$/.test(word) && value !== undefined) {
      found.push(`${name}=${value}`);
      at += 2;
    } else found.push(word);
  }
  return found;
}

/**
 * A program that starts with a script of Python is told by its name, whatever starts it (`ray job submit -- python
 * train.py`).
 */
function isScript(word: string): boolean {
  return /^[^-].*\.pyw?$/.test(word);
}

const CONDITIONAL = prose`the script starts a program only under a condition (if, case or '||'): whether it ran is not
    known, and what it is given was not taken for settings`;

/** The commands of a shell's script that start a script of some language: what others are told is no setting. */
export function launchedBy(script: string): Launched {
  const found: Launched = { invocations: [], conditional: [], unknown: [] };
  peelScript(script, { folder: "", depth: 1, found, secrets: [] });
  const isProgram = ({ program, assignmentsOnly }: Invocation): boolean =>
    !assignmentsOnly && (program.startsWith("-m ") || /\.(?:pyw?|R|jl|m?js|ts|rb|lua)$/.test(program));
  const conditional = found.conditional.filter(isProgram);
  return {
    invocations: found.invocations.filter(isProgram),
    conditional,
    unknown: conditional.length > 0 ? [CONDITIONAL] : [],
  };
}

function baseName(word: string): string {
  return word.slice(Math.max(word.lastIndexOf("/"), word.lastIndexOf("\\")) + 1).replace(/\.exe$/i, "");
}

/** What follows the options of a program that starts another. */
function afterOptions(rest: readonly string[], of: string): readonly string[] {
  const values = VALUE_OPTIONS[of] ?? [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === "--") return rest.slice(at + 1);
    if (!word.startsWith("-") || word === "-") return rest.slice(at);
    if (values.includes(word)) at++;
  }
  return [];
}

/** All words but the program's own options and their values. */
function afterValues(rest: readonly string[], of: string): readonly string[] {
  return rest.filter(
    (word, at) => !word.startsWith("-") && !(VALUE_OPTIONS[of] as readonly string[]).includes(rest[at - 1] ?? ""),
  );
}

function peelEnv(rest: readonly string[], place: Place): void {
  const at = rest.findIndex((word) => /^(?:-S|--split-string)/.test(word));
  if (at >= 0)
    return peelScript(
      [
        (rest[at] as string).replace(/^(?:-S|--split-string=?)/, ""),
        ...rest.slice(at + 1).map((word) => `'${word.replaceAll("'", "'\\''")}'`),
      ].join(" "),
      place,
    );
  const chdir = rest.findIndex((word) => word === "-C" || word === "--chdir");
  const words = afterOptions(rest, "env");
  const start = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  if (start >= 0)
    peel(
      words.slice(start),
      chdir >= 0 && chdir < rest.length - words.length
        ? { ...place, folder: joined(place.folder, rest[chdir + 1] ?? "") }
        : place,
    );
}

/** The runner whose options it takes. */
function familyOf(name: string): string {
  if (/^(?:mamba|micromamba) /.test(name)) return "conda run";
  return name.startsWith("dotenv") ? "dotenv" : name;
}

function peelRunner(name: string, rest: readonly string[], place: Place): void {
  if (name === "accelerate launch") return peelLauncher(name, rest, place);
  const inner = afterOptions(rest, familyOf(name));
  const own = rest.slice(0, rest.length - inner.length);
  const moved = own.findIndex((word) => word === "--directory" || word === "--cwd");
  const at = moved >= 0 ? { ...place, folder: joined(place.folder, own[moved + 1] ?? "") } : place;
  // `uv run -m MODULE` and `uv run FILE.py` start Python themselves.
  if (name === "uv run" && own.some((word) => word === "-m" || word === "--module"))
    return peelPython(["-m", ...inner], at);
  if (name === "uv run" && /\.pyw?$/.test(inner[0] ?? "")) return peelPython(inner, at);
  peel(name === "hatch run" ? [(inner[0] ?? "").replace(/^[\w.-]+:/, ""), ...inner.slice(1)] : inner, at);
}

function peelPython(rest: readonly string[], place: Place): void {
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === "-c" || /^-[bBdEhiIOqsSuvx]*c$/.test(word))
      return void place.found.invocations.push({
        program: "",
        args: rest.slice(at + 2),
        folder: place.folder,
        assignmentsOnly: false,
      });
    const module = /^-[bBdEiIOqsSuvx]*m(.*)$/.exec(word);
    if (module) {
      const name = module[1] || (rest[at + 1] ?? "");
      const args = rest.slice(at + (module[1] ? 1 : 2));
      if (Object.hasOwn(MODULES, name)) return peelLauncher(MODULES[name] as string, args, place);
      return addProgram(`-m ${name}`, args, place);
    }
    if (!word.startsWith("-") || word === "-") return addScript(rest.slice(at), place);
    if ((VALUE_OPTIONS["python"] as readonly string[]).includes(word)) at++;
  }
}

function peelLauncher(name: string, rest: readonly string[], place: Place): void {
  const values = VALUE_OPTIONS[name] ?? [];
  const at = rest.findIndex((word, index) => !word.startsWith("-") && !values.includes(rest[index - 1] ?? ""));
  if (at < 0) return;
  const own = rest.slice(0, at);
  if (own.some((word) => word === "-m" || word === "--module"))
    return addProgram(`-m ${rest[at]}`, rest.slice(at + 1), place);
  if (own.some((word) => /^--no[-_]python$/.test(word))) return peel(rest.slice(at), place);
  addScript(rest.slice(at), place);
}

function addScript([program = "", ...args]: readonly string[], place: Place): void {
  if (program !== "") addProgram(program, args, place);
}

function addProgram(program: string, args: readonly string[], { folder, found }: Place): void {
  const given = program === "-m papermill" ? notebookParameters(args) : args;
  found.invocations.push({ program, args: given, folder, assignmentsOnly: false });
}

/** Where the `-c` of a shell stands, options in one word included (`-lc`); -1 where a file is run. */
function scriptOption(rest: readonly string[]): number {
  const at = rest.findIndex(
    (word, index) => (!/^[-+]/.test(word) && !/^[-+][oO]$/.test(rest[index - 1] ?? "")) || /^-[a-zA-Z]*c$/.test(word),
  );
  return at >= 0 && /^-[a-zA-Z]*c$/.test(rest[at] as string) ? at : -1;
}

/** What stands behind `-c`: more options, the script, and its own words. */
function peelShell(rest: readonly string[], place: Place): void {
  const at = rest.findIndex((word, index) => !/^[-+]/.test(word) && !/^[-+][oO]$/.test(rest[index - 1] ?? ""));
  if (at >= 0) peelScript(rest[at] as string, place, rest.slice(at + 1));
}

function peelScript(text: string, place: Place, given: readonly string[] = []): void {
  const script: Script = readScript(text, place.secrets, given);
  if (script.unread !== null) place.found.unknown.push(script.unread);
  let { folder } = place;
  for (const command of script.commands) {
    const start = command.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
    const [name = "", to = ""] = start < 0 ? [] : command.slice(start);
    const found = script.conditional.has(command)
      ? { ...place.found, invocations: place.found.conditional }
      : place.found;
    if (name === "cd") folder = joined(folder, to);
    else if (name === "exec" || name === "command") peel(command.slice(start + 1), { ...place, folder, found });
    else if (start >= 0 && !(name === "conda" && to !== "run")) peel(command.slice(start), { ...place, folder, found });
  }
}

function joined(folder: string, to: string): string {
  return to.startsWith("/") || folder === "" ? to : `${folder}/${to}`;
}
