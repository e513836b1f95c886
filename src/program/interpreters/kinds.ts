/** Which programs are interpreters, and what their command lines say that they run. */
import { basename } from "node:path";
import type { InterpreterKind } from "../../values/environment-record.ts";

const KINDS: readonly (readonly [RegExp, InterpreterKind])[] = [
  [/^(?:python|pypy)[0-9.]*(?:[a-z]|-dbg|-intel64)?(?:\.exe)?$/i, "python"],
  [/^node(?:js)?(?:\.exe)?$/i, "node"],
  [/^(?:R|Rscript|Rterm)(?:\.exe)?$/, "r"],
  [/^julia(?:-[0-9.]+)?(?:\.exe)?$/, "julia"],
];

/** By the file's name; null for what is none. */
export function interpreterKind(file: string): InterpreterKind | null {
  return KINDS.find(([pattern]) => pattern.test(basename(file)))?.[1] ?? null;
}

/**
 * What an interpreter was told to run; `code`: given on the command line; `question`: that, isolated; `input`: read
 * from elsewhere.
 */
export type Task = { what: "script" | "module" | "code" | "question"; name: string } | { what: "input" };

export interface PythonCommand {
  task: Task;
  /** Its single letters, such as `I` and `E`. */
  flags: string;
}

/** Reads a command line as Python does. */
export function pythonCommand(argv: readonly string[]): PythonCommand {
  let flags = "";
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === "-" || !word.startsWith("-"))
      return { task: word === "-" ? { what: "input" } : { what: "script", name: word }, flags };
    if (word.startsWith("--")) {
      if (word === "--check-hash-based-pycs") at++;
      continue;
    }
    const taker = /[cmWXQ]/.exec(word);
    flags += taker ? word.slice(1, taker.index) : word.slice(1);
    if (!taker) continue;
    const rest = word.slice(taker.index + 1);
    const value = rest === "" ? (argv[++at] ?? "") : rest;
    // Isolated from all that is the user's, as tools ask an interpreter about itself.
    if (taker[0] === "c") return { task: { what: flags.includes("I") ? "question" : "code", name: value }, flags };
    if (taker[0] === "m") return { task: { what: "module", name: value }, flags };
  }
  return { task: { what: "input" }, flags };
}

/** What the others run: the first word that is no option. */
export function taskOf(kind: InterpreterKind, argv: readonly string[]): Task {
  if (kind === "python") return pythonCommand(argv).task;
  const file =
    kind === "r"
      ? argv.find((word) => word.startsWith("--file="))?.slice(7)
      : argv.slice(1).find((word) => !word.startsWith("-"));
  return file === undefined ? { what: "input" } : { what: "script", name: file };
}

/** Tools that start other programs, or see to packages: what they run in is not what the program runs in. */
const TOOLS = new Set([
  "pip",
  "pip3",
  "uv",
  "uvx",
  "poetry",
  "conda",
  "mamba",
  "pipenv",
  "pdm",
  "hatch",
  "tox",
  "nox",
  "virtualenv",
  "venv",
  "ensurepip",
  "pipx",
  "pixi",
  "rye",
  "pre-commit",
  "dvc",
  "invoke",
  "nodeenv",
  "npm",
  "npx",
  "pnpm",
  "yarn",
  "corepack",
  "torchrun",
  "accelerate",
  "deepspeed",
  "launch",
  "submitit",
  "snakemake",
  "luigi",
  "papermill",
  "docker-compose",
  "ray",
]);

export function isTool(task: Task): boolean {
  if (task.what === "input") return false;
  if (task.what === "question") return true;
  // Python's own helpers beside what they help: they have the environment, and are not the program.
  if (task.what === "code") return /^(?:from|import) multiprocessing\b/.test(task.name);
  const name =
    task.what === "module"
      ? (task.name.split(".").find((part) => TOOLS.has(part)) ?? task.name)
      : basename(task.name).replace(/(?:-cli)?\.(?:js|cjs|mjs|py|exe)$/, "");
  return TOOLS.has(name);
}
