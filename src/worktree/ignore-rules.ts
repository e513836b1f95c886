/** What `.mvgitignore` files leave out of tracked folders, by the rules of `.gitignore`. */
import ignore, { type Ignore } from "ignore";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display, parentOf, type RepoPath } from "../base/paths.ts";
import type { Guard } from "./guard.ts";
import { look } from "./stamp.ts";

/** The file that says what `mvgit add FOLDER` leaves out, in any folder of the tree. */
export const IGNORE_FILE = ".mvgitignore";
const IGNORE_CAP = 1024 * 1024;

/** One `.mvgitignore` file. */
export interface Rules {
  /** Path of its folder in the work tree, with a slash at its end; "" for the top. */
  base: string;
  matcher: Ignore;
}

/** True when a `.mvgitignore` above a folder names it, or one that it lies in: then all of it is left out. */
export function isLeftOut(guard: Guard, target: RepoPath): boolean {
  return rulesAbove(guard, target) === null;
}

/** True when a `.mvgitignore` leaves a file out, or a folder that it lies in. */
export function isNamedByIgnoreFile(guard: Guard, path: RepoPath): boolean {
  const rules =
    parentOf(path) === ""
      ? [readRules(guard.resolve(IGNORE_FILE as RepoPath), "")]
      : rulesAbove(guard, parentOf(path) as RepoPath);
  const own =
    rules && parentOf(path) !== ""
      ? readRules(guard.resolve(`${parentOf(path)}/${IGNORE_FILE}` as RepoPath), `${parentOf(path)}/`)
      : null;
  return (
    rules === null ||
    isIgnored(
      path,
      false,
      [...rules, own].filter((each) => each !== null),
    )
  );
}

/**
 * The rules that hold in a folder, from the top down; null when they leave the folder out, as Git does without looking
 * inside.
 */
export function rulesAbove(guard: Guard, target: RepoPath): Rules[] | null {
  const rules: Rules[] = [];
  for (let slash = 0; slash >= 0; slash = target.indexOf("/", slash + 1)) {
    const base = slash === 0 ? "" : target.slice(0, slash + 1);
    const own = readRules(guard.resolve(`${base}${IGNORE_FILE}` as RepoPath), base);
    if (own) rules.push(own);
    const next = target.indexOf("/", slash + 1);
    if (isIgnored(next < 0 ? target : target.slice(0, next), true, rules)) return null;
  }
  return rules;
}

/** Never through a link, which could lead anywhere. */
export function readRules(file: string, base: string): Rules | null {
  const name = display(base + IGNORE_FILE);
  const found = look(file);
  if (found?.kind === "link") {
    throw new MvgitError("link-refused", `cannot read '${name}': it is a symbolic link`, {
      subject: name,
      hint: "replace it by a real file",
    });
  }
  const bytes = found?.kind === "file" ? readUpTo(file, IGNORE_CAP) : null;
  if (bytes === null) return null;
  if (bytes.length > IGNORE_CAP)
    throw new MvgitError("setting-invalid", `'${name}' is larger than 1 MiB`, { subject: name });
  return { base, matcher: ignore({ allowRelativePaths: true }).add(bytes.toString("utf8")) };
}

/** The deepest file that has an opinion decides, as in Git. */
export function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { base, matcher } of rules.toReversed()) {
    const verdict = matcher.test(path.slice(base.length) + (isFolder ? "/" : ""));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
