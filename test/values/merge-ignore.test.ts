import { expect, it } from "vitest";
import { MARKER_SIZE, resolveIgnoreConflicts } from "../../src/values/merge-ignore.ts";

/** The text that `git merge-file --diff3` leaves of one conflict, with a line before and one after. */
function conflict(base: string, ours: string, theirs: string): string {
  const mark = (sign: string): string => sign.repeat(MARKER_SIZE);
  return (
    `before\n${mark("<")} ours\n${ours}${mark("|")} base\n${base}${mark("=")}\n${theirs}${mark(">")} theirs\n` +
    `after\n`
  );
}

it.each<[string, string, string, string, string]>([
  ["each adds a file", "", "/b.bin\n", "/a.bin\n", "/a.bin\n/b.bin\n"],
  ["each adds some, one of them the same", "/x\n", "/x\n/c\n/a\n", "/x\n/b\n/a\n", "/x\n/a\n/b\n/c\n"],
  ["one removes what the other keeps beside its own", "/x\n/y\n", "/y\n/a\n", "/x\n/y\n/b\n", "/y\n/a\n/b\n"],
  ["one has lines of people as well", "", "*.pyc\n/b\n!/keep\n", "/a\n", "*.pyc\n/b\n!/keep\n/a\n"],
  ["the other has", "/x\n", "/a\n/x\n", "/x\n# notes\nbuild/\n", "/x\n# notes\nbuild/\n/a\n"],
  ["CRLF", "", "/b\r\n", "/a\r\n", "/a\r\n/b\r\n"],
])("%s", (_, base, ours, theirs, merged) => {
  expect(resolveIgnoreConflicts(conflict(base, ours, theirs))).toEqual({ text: `before\n${merged}after\n`, open: 0 });
});

it("gives the same from both directions, where lines are mvgit's alone", () => {
  const [one, other] = [conflict("/x\n", "/x\n/c\n", "/a\n/x\n/b\n"), conflict("/x\n", "/a\n/x\n/b\n", "/x\n/c\n")];
  const lines = (text: string): string[] => resolveIgnoreConflicts(text).text.split("\n").sort();
  expect(lines(one)).toEqual(lines(other));
});

it("leaves what people wrote on both sides to people", () => {
  const { text, open } = resolveIgnoreConflicts(
    `${conflict("", "build/\n", "dist/\n")}${conflict("", "/a\n", "/b\n")}`,
  );
  expect([open, text]).toEqual([
    1,
    "before\n<<<<<<< ours\nbuild/\n=======\ndist/\n>>>>>>> theirs\nafter\nbefore\n/a\n/b\nafter\n",
  ]);
});
