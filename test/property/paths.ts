/** Arbitrary paths that pass `pathProblem`, rich in what breaks formats and ignore patterns. */
import fc from "fast-check";
import { pathProblem, type RepoPath } from "../../src/base/paths.ts";

const special = fc.constantFrom(
  " ",
  "#",
  "!",
  "*",
  "?",
  "[",
  "]",
  "-",
  "~",
  "$",
  "\n",
  ".",
  "'",
  '"',
  "a",
  "A",
  "é",
  "e\u0301",
  "\u{1f600}",
  "ß",
  "#",
  "  ",
);
const character = fc.oneof(special, fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }));

/** One component. */
export const name: fc.Arbitrary<string> = fc
  .array(character, { minLength: 1, maxLength: 12 })
  .map((characters) => characters.join(""))
  .filter((text) => !text.includes("/") && pathProblem(text) === null);

/** Some components. */
export const path: fc.Arbitrary<RepoPath> = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((components) => components.join("/") as RepoPath)
  .filter((text) => pathProblem(text) === null);
