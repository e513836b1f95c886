/** Where a repository's files are, and whether isomorphic-git reads such a repository right. */
import { dirname, join, resolve } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { isFolder, readFolder, readText } from "./files.ts";

export interface FilesPlace {
  /** Absolute; the work tree's own, or the bare repository. */
  gitDir: string;
  /** Absolute; what all work trees share. */
  commonDir: string;
}

/** Extensions that change nothing about how refs and objects are read. */
const HARMLESS = new Set(["noop", "preciousobjects", "worktreeconfig", "relativeworktrees"]);

/**
 * Finds the repository at or above `folder`. Throws `not-a-repository`, or `not-supported` for a kind that is not read
 * right.
 */
export function findFiles(folder: string): FilesPlace {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const gitDir = [gitDirOf(join(at, ".git")), at].find((each) => each !== null && isGitDir(each));
    if (gitDir) {
      const commonDir = resolve(gitDir, readText(join(gitDir, "commondir"))?.trim() ?? ".");
      refuseUnknownKinds(commonDir);
      return { gitDir, commonDir };
    }
    if (at === dirname(at))
      throw new MvgitError("not-a-repository", `there is no Git repository in or above '${display(folder)}'`, {
        subject: display(folder),
      });
  }
}

/** A `.git` that is a folder, or the folder that a `.git` file names. */
function gitDirOf(dotGit: string): string | null {
  const named = /^gitdir: (.+?)\s*$/.exec(readText(dotGit) ?? "")?.[1];
  if (named !== undefined) return resolve(dirname(dotGit), named);
  return isFolder(dotGit) ? dotGit : null;
}

function isGitDir(folder: string): boolean {
  if (readText(join(folder, "HEAD")) === null) return false;
  const common = resolve(folder, readText(join(folder, "commondir"))?.trim() ?? ".");
  return ["objects", "refs"].every((name) => isFolder(join(common, name)));
}

function refuseUnknownKinds(commonDir: string): void {
  const why = unknownKind(commonDir);
  if (why === null) return;
  throw new MvgitError("not-supported", `cannot read '${display(commonDir)}' without the git program: ${why}`, {
    subject: display(commonDir),
    hint: "install Git, or read a plain clone",
  });
}

function unknownKind(commonDir: string): string | null {
  const config = readConfig(readText(join(commonDir, "config")) ?? "");
  const format = config.get("core.repositoryformatversion") ?? "0";
  if (!/^[01]$/.test(format)) return `its format version is ${display(format)}`;
  for (const [key, value] of config) {
    const extension = /^extensions\.(.*)$/.exec(key)?.[1];
    if (extension === undefined || HARMLESS.has(extension)) continue;
    if (extension === "objectformat" && value === "sha1") continue;
    if (extension === "refstorage" && value === "files") continue;
    return `it uses the extension ${display(`${extension} = ${value}`)}`;
  }
  if ([...config.keys()].some((key) => /^remote\..*\.(?:promisor|partialclonefilter)$/.test(key)))
    return "it is a partial clone";
  if (isFolder(join(commonDir, "reftable"))) return "it keeps its refs in a reftable";
  if ((readText(join(commonDir, "objects/info/alternates")) ?? "").trim() !== "")
    return "it borrows objects from another repository (alternates)";
  if (readFolder(join(commonDir, "objects/pack")).some(({ name }) => name.endsWith(".promisor")))
    return "it is a partial clone";
  if (
    readFolder(join(commonDir, "refs/replace")).length > 0 ||
    / refs\/replace\//.test(readText(join(commonDir, "packed-refs")) ?? "")
  )
    return "it replaces objects (refs/replace)";
  return null;
}

/**
 * The last value of each key, section and name in lower case; what it includes is not followed, as Git does for a
 * repository's format.
 */
function readConfig(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.replaceAll(/\\\r?\n/g, "").split("\n")) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (header)
      section =
        (header[1] as string).toLowerCase() +
        (header[2] === undefined ? "" : `.${header[2].replaceAll(/\\(.)/g, "$1")}`);
    const setting = /^\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*?))?\s*$/.exec(line.slice(header?.[0].length ?? 0));
    if (setting) values.set(`${section}.${(setting[1] as string).toLowerCase()}`, plainValue(setting[2] ?? "true"));
  }
  return values;
}

function plainValue(text: string): string {
  return text
    .replace(/\s*[#;][^"]*$/, "")
    .replaceAll(/"/g, "")
    .trim();
}
