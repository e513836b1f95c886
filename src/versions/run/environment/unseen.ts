/** What a command names as if it ran it, and nobody saw running. */
import * as fs from "node:fs";
import { relative, resolve, sep } from "node:path";
import { interpreterKind } from "../../../program/interpreters/kinds.ts";
import { isInside } from "../../../program/neutral.ts";
import type { Sighting } from "../../../program/processes/watch.ts";
import type { Place } from "./places.ts";

/** Letters of a script of a shell that are searched. */
const LONGEST = 20_000;

/**
 * Python scripts of the work tree, from its top, that a shell was told to run with a Python, and that no interpreter
 * which was seen has among its words.
 */
export function unseenScripts(
  words: readonly string[],
  sightings: readonly Sighting[],
  { cwd, top }: Pick<Place, "cwd" | "top">,
): string[] {
  if (sightings.length === 0) return [];
  const told = [{ argv: words, cwd }, ...sightings.map((each) => ({ argv: each.argv, cwd: each.cwd ?? cwd }))].filter(
    ({ argv }) => interpreterKind(argv[0] ?? "") === null,
  );
  const ran = sightings.filter(({ exe }) => interpreterKind(exe) !== null).map(({ argv }) => argv.join(" "));
  const named = told.flatMap((each) => namedIn(each.argv).map((name) => ({ name, file: resolve(each.cwd, name) })));
  const lacking = named.filter(
    ({ name, file }) => isInside(file, top) && fs.existsSync(file) && !ran.some((text) => text.includes(baseOf(name))),
  );
  return [...new Set(lacking.map(({ file }) => relative(top, file).split(sep).join("/")))];
}

function namedIn(argv: readonly string[]): string[] {
  const text = argv.join(" ").slice(0, LONGEST);
  return [...text.matchAll(/\bpython[0-9.]*\s+(?:-[A-Za-z]+\s+)*(?!-)([^\s'"`;|&<>()$]+\.py)(?![A-Za-z0-9_])/g)].map(
    ([, name]) => name as string,
  );
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
