import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { mergeStages } from "../../src/values/merge-stages.ts";
import { formatStages, readStages, type StageLine } from "../../src/values/stages-file.ts";

const name = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}$/),
  fc.constantFrom("true", "null", "no", "1", "1e3", "0x1", "y"),
);
const number = fc.integer({ min: 1, max: 999_999_999 });
const line: fc.Arbitrary<StageLine> = fc.record({
  model: name as unknown as fc.Arbitrary<ModelName>,
  stage: name as unknown as fc.Arbitrary<StageName>,
  version: number,
  event: fc.option(number),
});
const lines = fc.uniqueArray(line, { selector: ({ model, stage }) => `${model}#${stage}`, maxLength: 6 });
const sorted = (all: readonly StageLine[]): StageLine[] =>
  all.toSorted((a, b) => (`${a.model}\0${a.stage}` < `${b.model}\0${b.stage}` ? -1 : 1));
const at = (version: number | null, event: number | null): StageLine => ({
  model: "spam" as ModelName,
  stage: "production" as StageName,
  version,
  event,
});

describe("stages.yaml", () => {
  it("is read back as what was written", async () => {
    await fc.assert(
      fc.asyncProperty(lines, async (all) => {
        expect(await readStages(formatStages(all))).toEqual(sorted(all));
      }),
    );
  });

  it("takes what people write: v3, null, comments, other indents, nothing at all", async () => {
    expect(await readStages("# ours\nspam: {production: v3, staging: null}\n")).toEqual([
      { ...at(3, null) },
      { ...at(null, null), stage: "staging" },
    ]);
    for (const text of ["", "\n", "# nothing\n", "{}\n", "null\n"]) expect(await readStages(text), text).toEqual([]);
  });

  it.each<[string, string]>([
    ["an alias", "a: &x\n  p: 1\nb: *x\n"],
    ["a model twice", "a:\n  p: 1\na:\n  p: 2\n"],
    ["a stage twice", "a:\n  p: 1\n  p: 2\n"],
    ["two documents", "a:\n  p: 1\n---\nb:\n  p: 1\n"],
    ["a name of no model", "__proto__:\n  p: 1\n"],
    ["a number that is a text", 'a:\n  p: "1"\n'],
    ["a version of 0", "a:\n  p: 0\n"],
    ["a fraction", "a:\n  p: 1.5\n"],
    ["a list", "- a\n"],
    ["stages that are a list", "a:\n  - p\n"],
    ["a sequence as a version", "a:\n  p: [1]\n"],
    ["conflict markers", "<<<<<<< ours\na:\n  p: 1\n=======\na:\n  p: 2\n>>>>>>> theirs\n"],
    ["more than a mebibyte", `#${"x".repeat(1024 * 1024)}\n`],
    ["deep nesting", `a: ${"[".repeat(2000)}\n`],
  ])("refuses %s", async (_, text) => {
    await expect(readStages(text)).rejects.toMatchObject({ code: "setting-invalid" });
  });
});

describe("a merge of it", () => {
  const edited = (each: StageLine): boolean => each.event === null;
  it.each<[string, (StageLine | null)[], StageLine | null | "conflict"]>([
    ["one side moved", [at(1, 1), at(2, 2), at(1, 1)], at(2, 2)],
    ["the other side moved", [at(1, 1), at(1, 1), at(2, 2)], at(2, 2)],
    ["both moved: the later event", [at(1, 1), at(3, 3), at(2, 2)], at(3, 3)],
    ["both to the same", [at(1, 1), at(2, 2), at(2, 4)], at(2, 4)],
    ["an edit on one side", [at(1, 1), at(5, null), at(1, 1)], at(5, null)],
    ["an edit against a move", [at(1, 1), at(5, null), at(2, 2)], "conflict"],
    ["two edits", [at(1, 1), at(5, null), at(6, null)], "conflict"],
    ["new on both sides", [null, at(1, 1), at(2, 2)], at(2, 2)],
    ["emptied against untouched", [at(1, 1), null, at(1, 1)], null],
    ["emptied against moved", [at(1, 1), null, at(2, 2)], at(2, 2)],
  ])("%s", (_, sides, wanted) => {
    const [base = [], ours = [], theirs = []] = sides.map((each) => (each === null ? [] : [each]));
    const merged = mergeStages({ base, ours, theirs }, edited);
    expect(merged.conflicts).toHaveLength(wanted === "conflict" ? 1 : 0);
    expect(merged.lines).toEqual(wanted === "conflict" || wanted === null ? [] : [wanted]);
  });

  it("gives the same whichever side is ours", () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, ours, theirs) => {
        const [a, b] = [
          mergeStages({ base, ours, theirs }, edited),
          mergeStages({ base, ours: theirs, theirs: ours }, edited),
        ];
        const versions = (all: readonly StageLine[]): string[] =>
          all.map(({ model, stage, event }) => `${model}#${stage} ${event}`).toSorted();
        expect(versions(a.lines)).toEqual(versions(b.lines));
        expect(a.conflicts).toHaveLength(b.conflicts.length);
      }),
    );
  });
});
