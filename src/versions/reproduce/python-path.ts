/**
 * PYTHONPATH for a command that runs in a scratch work tree: what lies in the work tree is meant there, and not the
 * user's code of today.
 */
import { delimiter, isAbsolute, join, relative, resolve } from "node:path";
import type { RecordedInterpreter, RecordedPlace } from "../../values/environment-record.ts";
import type { Environment } from "../../program/find.ts";
import { isInside } from "../../program/neutral.ts";
import type { Repo } from "../../repo/repo.ts";

/** As the recorded Python had it; where none says, as the user has it. */
export function withPythonPath(
  repo: Repo,
  scratch: Repo,
  { env, main }: { env: Environment; main: RecordedInterpreter | null },
): Environment {
  const { PYTHONPATH: theirs = "", ...rest } = env;
  // A record of a version of before does not tell.
  const entries =
    main === null || main.executable === null
      ? theirs.split(delimiter).map((each) => moved(each, repo.top, scratch.top))
      : main.path.flatMap((each) => placed(each, scratch.top, env) ?? []);
  const value = entries.join(delimiter);
  return value === "" ? rest : { ...rest, PYTHONPATH: value };
}

function moved(path: string, from: string, to: string): string {
  return isAbsolute(path) && isInside(path, from) ? join(to, relative(from, path)) : path;
}

/** Null for what cannot be an entry. */
function placed({ place, path }: RecordedPlace, top: string, env: Environment): string | null {
  const home = env["HOME"] ?? env["USERPROFILE"];
  let found = path;
  if (place === "work tree") found = join(top, path);
  else if (place !== "elsewhere") found = home === undefined ? "" : resolve(home, path);
  return isAbsolute(found) && !found.includes(delimiter) && !found.includes("\0") ? found : null;
}
