/** The sources as a parser sees them: for checks of their shape. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** Every file below the folders with one of the endings, sorted, with `/` between names. */
export function filesBelow(folders, endings = [".ts", ".mjs"]) {
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

/** What a file imports of the project, as paths from the root: `{ to, isLazy, isType }`. */
export function importsOf({ path, program }) {
  const found = [];
  const add = (source, options) => {
    if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
    found.push({ to: posix.join(posix.dirname(path), source.value), ...options });
  };
  visit(program, ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"], (node) =>
    add(node.source, { isLazy: false, isType: (node.importKind ?? node.exportKind) === "type" }),
  );
  visit(program, ["ImportExpression"], (node) => add(node.source, { isLazy: true, isType: false }));
  visit(program, ["TSImportType"], (node) =>
    add(node.source ?? node.argument?.literal, { isLazy: false, isType: true }),
  );
  return found;
}
