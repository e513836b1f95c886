import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lookAtLog, startOfLog } from "../../../src/versions/run/kept/log-file.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = fs.mkdtempSync(join(os.tmpdir(), "mvgit-test-"));
  file = join(dir, "log.jsonl");
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const OF_BEFORE = '{"loss":3}\n{"loss":2}\n';

it.each([
  ["what was added counts", () => fs.appendFileSync(file, '{"loss":1}\n'), OF_BEFORE.length],
  ["nothing counts where nobody wrote", () => undefined, OF_BEFORE.length],
  ["one that is shorter was written anew", () => fs.writeFileSync(file, '{"loss":9}\n'), 0],
  ["so was one of the same size", () => fs.writeFileSync(file, '{"loss":5}\n{"loss":4}\n'), 0],
  ["and one that is longer", () => fs.writeFileSync(file, '{"loss":5}\n{"loss":4}\n{"loss":3}\n'), 0],
  ["and one that was written again as it was", () => fs.writeFileSync(file, OF_BEFORE), 0],
])("of a log that stood there before, %s", (_, write, start) => {
  fs.writeFileSync(file, OF_BEFORE);
  fs.utimesSync(file, 1_000_000_000, 1_000_000_000);
  const before = lookAtLog(file);
  write();
  expect(startOfLog(file, before)).toBe(start);
});

it("all of one that was not there counts", () => {
  expect([lookAtLog(file), startOfLog(file, null)]).toEqual([null, 0]);
});
