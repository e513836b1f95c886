/** What a list says of versions that somebody spoke about, and of those that are not listed. */
import { expect, it } from "vitest";
import { logText, type ShownLog } from "../../src/cli/render/versions/log.ts";
import { makeStyle } from "../../src/cli/render/style.ts";
import type { LogLine } from "../../src/registry/log.ts";
import { someLine } from "../support/version-lines.ts";

const style = makeStyle({ color: false, width: 68 });
const said = (text: string) => ({
  number: 1,
  kind: "note",
  text,
  by: "A Tester",
  time: "2026-01-02T03:04:05Z",
  signed: false,
});

function shown(given: Partial<ShownLog>): string {
  const { versions = [] } = given;
  const counts = { total: versions.length, matched: versions.length, older: 0, hidden: 0, problems: [] };
  return logText({ ...counts, versions, sort: null, columns: null, markdown: false, ...given }, style);
}

it("what was said of a version is there where the line is cut, before a long message", () => {
  const message = "a message of many words that says what was tried";
  const text = shown({
    versions: [
      someLine({ version: 2, message, notes: [said("good on short mails")] }),
      someLine({ version: 1, message, retracted: said("leaks"), notes: [said("bad")] }),
    ] as LogLine[],
  });
  expect(text).toContain("  note: good on short mails; a");
  expect(text).toContain("  RETRACTED: leaks; note: bad; a");
});

it("where nothing is as asked it says so, beside what is left out", () => {
  expect(shown({ total: 10, hidden: 1 })).toBe(
    "none of 10 versions is as asked\n1 retracted version left out; '--all' shows them",
  );
  expect(shown({ hidden: 2 })).toBe("2 retracted versions left out; '--all' shows them");
  expect(shown({ total: 1, problems: ["spam@v1: bad"] })).toBe("cannot be trusted: spam@v1: bad");
});
