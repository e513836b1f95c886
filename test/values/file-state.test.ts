/**
 * What a file is between pointer, work tree and base: a table of what people do, and what holds for every combination.
 */
import { describe, expect, test } from "vitest";
import { decideFile, type FileContent, type FileSides } from "../../src/values/file-state.ts";
import type { Hash } from "../../src/values/hash.ts";
import { actionOf } from "../../src/files/checkout/action.ts";

const [a, b, c] = ["a", "b", "c"].map((hash): FileContent => ({ hash: hash as Hash, mode: "file" })) as [
  FileContent,
  FileContent,
  FileContent,
];
const ax: FileContent = { ...a, mode: "exec" };
const bx: FileContent = { ...b, mode: "exec" };
const other: FileContent = { hash: null, mode: "file" };

const TABLE: [string, FileSides, string][] = [
  ["as the pointer says", { found: a, pointer: a, put: a, begun: [] }, "clean found"],
  ["edited", { found: b, pointer: a, put: a, begun: [] }, "modified found"],
  ["edited, to another size", { found: other, pointer: a, put: a, begun: [] }, "modified found"],
  ["made executable", { found: ax, pointer: a, put: a, begun: [] }, "modified found"],
  ["new, the user's own", { found: b, pointer: null, put: null, begun: [] }, "modified found"],
  ["a colleague changed it", { found: a, pointer: b, put: a, begun: [] }, "behind pointer"],
  ["a colleague removed it", { found: a, pointer: null, put: a, begun: [] }, "behind pointer"],
  ["a colleague added it", { found: null, pointer: b, put: null, begun: [] }, "incomplete pointer"],
  [
    "a cut checkout had brought it, and the pointer moved on",
    { found: b, pointer: c, put: a, begun: [b] },
    "behind pointer",
  ],
  ["a cut checkout did not come to it", { found: null, pointer: a, put: null, begun: [a] }, "incomplete pointer"],
  [
    "a cut checkout removed it, and the pointer has it again",
    { found: null, pointer: a, put: a, begun: [null] },
    "incomplete pointer",
  ],
  ["removed by the user", { found: null, pointer: a, put: a, begun: [] }, "deleted found"],
  ["removed here, changed there", { found: null, pointer: b, put: a, begun: [] }, "diverged conflict"],
  ["changed here, removed there", { found: b, pointer: null, put: a, begun: [] }, "diverged conflict"],
  ["changed here and there", { found: b, pointer: c, put: a, begun: [] }, "diverged conflict"],
  ["made here and there", { found: b, pointer: c, put: null, begun: [] }, "diverged conflict"],
  ["mode here, bytes there", { found: ax, pointer: b, put: a, begun: [] }, "diverged bytes"],
  ["bytes here, mode there", { found: b, pointer: ax, put: a, begun: [] }, "diverged mode"],
  ["edited after a cut checkout brought it", { found: c, pointer: b, put: a, begun: [b] }, "diverged conflict"],
  ["nothing is known of it", { found: b, pointer: a, put: "unknown", begun: [] }, "modified unclear"],
  [
    "nothing is known, but an earlier commit had it so",
    { found: b, pointer: a, put: "unknown", begun: [b] },
    "behind pointer",
  ],
  [
    "nothing is known of what is not there",
    { found: null, pointer: a, put: "unknown", begun: [] },
    "incomplete pointer",
  ],
  ["the same new file with another mode", { found: ax, pointer: a, put: null, begun: [] }, "behind pointer"],
];

test.each(TABLE)("%s", (_, sides, expected) => {
  const { state, goal } = decideFile(sides);
  expect(`${state} ${goal}`).toBe(expected);
});

describe("of every combination", () => {
  const contents = [null, a, b, c, ax, bx, other];
  const known = contents.filter((each) => each !== other);
  const all = contents.flatMap((found) =>
    known.flatMap((pointer) =>
      [...known, "unknown" as const].flatMap((put) =>
        [[], ...known.map((each) => [each])].map((begun): FileSides => ({ found, pointer, put, begun })),
      ),
    ),
  );
  const equal = (x: FileContent | null, y: FileContent | null | "unknown"): boolean =>
    x !== null && y !== null && y !== "unknown" ? x.hash !== null && x.hash === y.hash && x.mode === y.mode : x === y;
  const isOurs = ({ found, put, begun }: FileSides): boolean =>
    found === null || equal(found, put) || begun.some((each) => equal(found, each));
  const sameBytes = (x: FileContent, y: FileContent | null): boolean => x.hash !== null && x.hash === y?.hash;

  test("clean is said of what is as the pointer says, and of nothing else", () => {
    for (const sides of all)
      expect(decideFile(sides).state === "clean", JSON.stringify(sides)).toBe(equal(sides.found, sides.pointer));
  });

  test("without force no checkout takes bytes that only the user has", () => {
    let taken = 0;
    for (const sides of all) {
      const decision = decideFile(sides);
      const action = actionOf(
        { found: sides.found, wanted: sides.pointer, decision },
        { restore: false, force: false },
      );
      if (sides.found === null || !["bring", "bytes", "remove"].includes(action)) continue;
      taken++;
      const isMode = sides.pointer !== null && sameBytes(sides.found, sides.pointer);
      // With "bytes" the user changed the mode alone, which stays.
      const isModeKept =
        action === "bytes" &&
        [sides.put, ...sides.begun].some((each) => each !== "unknown" && sameBytes(sides.found as FileContent, each));
      expect(isOurs(sides) || isMode || isModeKept, JSON.stringify(sides)).toBe(true);
    }
    expect(taken).toBeGreaterThan(100);
  });

  test("an edit is said only of what the pointer did not change", () => {
    for (const sides of all) {
      const { state, goal } = decideFile(sides);
      if ((state === "modified" && goal === "found") || state === "deleted") {
        // Bytes and mode each on their own.
        const { put, pointer, found } = sides;
        if (pointer === null) expect(put === null || put === "unknown", JSON.stringify(sides)).toBe(true);
        else if (put === null || put === "unknown") expect.unreachable(JSON.stringify(sides));
        else
          expect(
            (pointer.hash === put.hash || pointer.hash === found?.hash) &&
              (pointer.mode === put.mode || pointer.mode === found?.mode),
            JSON.stringify(sides),
          ).toBe(true);
      }
    }
  });

  test("what nobody here changed ends as the pointer says", () => {
    for (const sides of all.filter(({ put, begun }) => begun.length === 0 && put !== "unknown")) {
      if (!equal(sides.found, sides.put) || equal(sides.found, sides.pointer)) continue;
      const action = actionOf(
        { found: sides.found, wanted: sides.pointer, decision: decideFile(sides) },
        { restore: false, force: false },
      );
      expect(action, JSON.stringify(sides)).toBe(sides.pointer === null ? "remove" : "bring");
    }
  });

  test("with force everything that the pointer has ends as it says", () => {
    for (const sides of all) {
      const decision = decideFile(sides);
      if (decision.state === "clean" || decision.goal === "unclear" || sides.pointer === null) continue;
      expect(
        actionOf({ found: sides.found, wanted: sides.pointer, decision }, { restore: true, force: true }),
        JSON.stringify(sides),
      ).toBe("bring");
    }
  });
});
