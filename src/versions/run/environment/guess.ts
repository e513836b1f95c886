/** Where no processes can be seen: the interpreter that a command is by its words, or will most likely use. */
import * as fs from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { readUpTo } from "../../../base/disk.ts";
import { words } from "../../../base/words.ts";
import { type Environment, findOnPath, findProgram } from "../../../program/find.ts";
import { interpreterKind } from "../../../program/interpreters/kinds.ts";
import type { Sighting } from "../../../program/processes/watch.ts";
import type { Place } from "./places.ts";

const PYTHON = /^(?:python|pypy)[0-9.]*(?:\.exe)?$/i;

/** As if it had been seen. `seen` is `command` where the command is it. */
export function guessInterpreter(
  words: readonly string[],
  { cwd, env }: Place,
): { sighting: Sighting; seen: "command" | "guess" } | null {
  const named = namedInterpreter(words, { cwd, env });
  const file = named ?? guessedPython(words, { cwd, env });
  if (file === null) return null;
  const argv = named === null ? [file] : [...words];
  const sighting: Sighting = {
    pid: 0,
    parent: null,
    exe: realOf(file),
    argv,
    env: { ...env, PWD: cwd },
    cwd,
    isElsewhere: false,
    first: 0,
    last: 0,
    libraries: new Set(),
  };
  return {
    sighting: interpreterKind(sighting.exe) === null ? { ...sighting, exe: file } : sighting,
    seen: named === null ? "guess" : "command",
  };
}

/**
 * The interpreter that the command is, or names in its first line. One that only a relative folder of PATH leads to is
 * none: the command runs it, but a question to it is not what the user asked for.
 */
function namedInterpreter(words: readonly string[], at: { cwd: string; env: Environment }): string | null {
  const name = words[0] ?? "";
  const file = findProgram(name, at);
  if (interpreterKind(name) !== null) return name.includes("/") || file === findOnPath(name, at.env) ? file : null;
  const shebang = file === null ? null : /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(headOf(file));
  const interpreter = shebang?.[1] && (basename(shebang[1]) === "env" ? shebang[2] : shebang[1]);
  if (!interpreter || !PYTHON.test(basename(interpreter))) return null;
  return isAbsolute(interpreter) ? findProgram(interpreter, at) : findOnPath(basename(interpreter), at.env);
}

function guessedPython(words: readonly string[], at: { cwd: string; env: Environment }): string | null {
  if (interpreterKind(words[0] ?? "") !== null) return null;
  const home = at.env["VIRTUAL_ENV"] ?? at.env["CONDA_PREFIX"];
  if (home && isAbsolute(home)) return findProgram(join(home, "bin", "python"), at);
  return usesPython(words) ? (findOnPath("python", at.env) ?? findOnPath("python3", at.env)) : null;
}

/** Programs that start a Python of their own choice. */
const STARTS_PYTHON = new Set(
  words(`
    uv poetry pipenv pdm hatch tox nox pixi conda mamba micromamba torchrun accelerate deepspeed pytest jupyter
    papermill
  `),
);

/** Whether its words say that it runs Python somehow. */
export function usesPython(words: readonly string[]): boolean {
  const [first = "", ...rest] = words;
  return (
    STARTS_PYTHON.has(basename(first)) ||
    interpreterKind(first) === "python" ||
    rest.some((word) => /\.py$|^python[0-9.]*$|\bpython[0-9.]* |\.py\b/.test(word))
  );
}

function headOf(file: string): string {
  try {
    return readUpTo(file, 256)?.toString("latin1", 0, 256) ?? "";
  } catch {
    return "";
  }
}

function realOf(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}
