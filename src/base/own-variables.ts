/**
 * Variables that say where the user's own settings are. One that counts from the current folder would make a file of a
 * stranger's repository the user's own, for mvgit and for all that it starts.
 */
import { isAbsolute } from "node:path";
import { MvgitError } from "./errors.ts";
import { display } from "./display.ts";

/** Of these the XDG specification says that what is not absolute is to be ignored. */
const XDG = ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];
/** By these Git finds the user's configuration and its own programs. */
const PLACES = ["HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH"];

/** Takes out what stands for nothing: an empty name of a folder, and one that its own specification ignores. */
export function dropVoid(env: Record<string, string | undefined>): void {
  if (env["HOME"] === "") delete env["HOME"];
  for (const name of XDG) if (env[name] !== undefined && !isAbsolute(env[name])) delete env[name];
}

/** Throws `setting-invalid` where one of the variables, by default of those that mvgit and Git read, is relative. */
export function refuseRelative(env: Readonly<Record<string, string | undefined>>, names = PLACES): void {
  for (const name of names) {
    const value = env[name];
    if (value === undefined || value === "" || isAbsolute(value)) continue;
    throw new MvgitError(
      "setting-invalid",
      `the variable ${name} is '${display(value)}', which counts from the current folder: a repository could bring it`,
      { subject: name, hint: "give the whole path, or unset it" },
    );
  }
}
