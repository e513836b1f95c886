/**
 * Files and folders of the work tree that Git's own configuration names: hooks, attributes, further configuration,
 * programs to run.
 */
import { homedir } from "node:os";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ConfigEntry } from "../git/program.ts";

/** Settings whose value is a path. */
const PATHS = settings(
  "core\\.(hookspath|attributesfile|excludesfile)",
  "include\\.path",
  "includeif\\..*\\.path",
  "blame\\.ignorerevsfile",
  "mailmap\\.file",
  "commit\\.template",
);
/** Settings whose value is a command. */
const COMMANDS = settings(
  "core\\.(fsmonitor|sshcommand|editor|pager|askpass)",
  "sequence\\.editor",
  "(filter|diff|merge)\\..*\\.(clean|smudge|process|command|textconv|driver)",
  "gpg\\.(.*\\.)?program",
  "credential\\.(.*\\.)?helper",
  "hook\\..*\\.command",
);

/** Any of the keys, each a regular expression. */
function settings(...keys: readonly string[]): RegExp {
  return new RegExp(`^(?:${keys.join("|")})$`);
}

/** The paths, relative to the work tree's top. */
export function pathsNamed(entries: readonly ConfigEntry[], top: string): string[] {
  return entries.flatMap((entry) => {
    const named = pathIn(entry);
    return named === null || named === ""
      ? []
      : insideOf(top, resolve(folderOf(entry, top), named.replace(/^~(?=\/|$)/, homedir())));
  });
}

function pathIn({ key, value }: ConfigEntry): string | null {
  if (PATHS.test(key)) return value;
  return COMMANDS.test(key) ? programOf(value) : null;
}

/** The first word of a command, where it is a path: a bare name is sought on PATH. */
function programOf(command: string): string | null {
  const words = /^!?\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(command);
  const word = words?.[1] ?? words?.[2] ?? words?.[3] ?? "";
  return word.includes("/") ? word : null;
}

/** What is included is named from the file that includes it, all else from the top of the work tree. */
function folderOf({ key, origin }: ConfigEntry, top: string): string {
  return key.startsWith("include") && origin.startsWith("file:")
    ? dirname(resolve(top, origin.slice("file:".length)))
    : top;
}

function insideOf(top: string, file: string): string[] {
  const inside = relative(top, file).split(sep).join("/");
  return inside === "" || inside === ".." || inside.startsWith("../") || isAbsolute(inside) ? [] : [inside];
}
