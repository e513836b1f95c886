/** The sources as a parser sees them: for checks of their shape. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** Every file below the folders with one of the endings, sorted, with `/` between names. */
export function filesBelow(folders, endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs"]) {
  const below = (folder) =>
    statSync(folder).isDirectory()
      ? readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))
      : [folder];
  return folders
    .flatMap(below)
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .toSorted();
}

/** A file, parsed: its text, its program and its comments. Throws for a file that is none. */
export function parseFile(path) {
  return parseText(path, readFileSync(path, "utf8"));
}

/** The same of a text; the ending of `path` says what language it is in. */
export function parseText(path, text) {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  return { path, text, program, comments };
}

/** Calls `see` with each node of these types. */
export function visit(program, types, see) {
  new Visitor(Object.fromEntries(types.map((type) => [type, see]))).visit(program);
}

/** A text that no program can see through, as where an import leads. */
export const UNSEEN = "?";

/**
 * What a file imports of the project, as paths from the root: `{ to, isLazy, isType }`; `to` is `UNSEEN` where it is no
 * literal, and what is typed where that is neither a package nor a path from the file.
 */
export function importsOf({ path, program }) {
  const found = [];
  const add = (source, options) => {
    if (!source) return;
    const named = wordOf(source);
    if (named?.startsWith(".")) found.push({ to: posix.join(posix.dirname(path), named), ...options });
    else if (named === null) found.push({ to: UNSEEN, ...options });
    else if (/^(?:[/#]|file:|mvgit(?:$|\/))/.test(named)) found.push({ to: named, ...options });
  };
  visit(program, ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"], (node) =>
    add(node.source, { isLazy: false, isType: (node.importKind ?? node.exportKind) === "type" }),
  );
  visit(program, ["ImportExpression"], (node) => add(node.source, { isLazy: true, isType: false }));
  // By `createRequire`, or as the address of a thread's code.
  visit(program, ["CallExpression", "NewExpression"], ({ arguments: [first] }) => {
    if (/^\.{1,2}\/.*\.[cm]?[jt]s$/.test((first && wordOf(first)) ?? "")) add(first, { isLazy: true, isType: false });
  });
  visit(program, ["TSImportType"], (node) =>
    add(node.source ?? node.argument?.literal, { isLazy: false, isType: true }),
  );
  return found;
}

/** What a literal says, also one in backquotes that holds no value; null for what is none. */
function wordOf(node) {
  if (node.type === "TemplateLiteral" && node.quasis.length === 1) return node.quasis[0].value.cooked;
  return typeof node.value === "string" ? node.value : null;
}
