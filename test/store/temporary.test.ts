/** Whose the beginning of a blob is, where nobody can look for its owner. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nameOfOwner } from "../../src/base/processes.ts";
import { PART_BEAT, PART_SILENCE } from "../../src/base/times.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { TemporaryFolder } from "../../src/store/temporary.ts";

const HASH = hashBytes(Buffer.from("all of it"));
let folder: string;
let part: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-temporary-"));
  part = join(folder, `part.${HASH}.elsewhere.1.5-abcdef-8-00000000000000aa`);
  fs.writeFileSync(part, "all");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  fs.rmSync(folder, { recursive: true, force: true });
});

const modified = (): number => fs.statSync(part).mtimeMs;

function silent(): void {
  const then = (Date.now() - 2 * PART_SILENCE) / 1000;
  fs.utimesSync(part, then, then);
}

it("a download whose source is silent for minutes stays its owner's", async () => {
  const temporary = new TemporaryFolder(folder);
  silent();
  const end = temporary.showLife(part, Date.now);
  await vi.waitFor(() => expect(Date.now() - modified()).toBeLessThan(PART_SILENCE), 20_000);
  silent();
  vi.advanceTimersByTime(PART_BEAT);
  await vi.waitFor(() => expect(Date.now() - modified()).toBeLessThan(PART_SILENCE), 20_000);
  expect(new TemporaryFolder(folder).adoptPart(HASH)).toBeNull();
  end();
  silent();
  vi.advanceTimersByTime(10 * PART_BEAT);
  expect(new TemporaryFolder(folder).adoptPart(HASH)).not.toBeNull();
});

it("a folder that was to get its name as a whole goes with its owner", () => {
  const [dead, other] = ["folder", "part"].map((kind) =>
    join(folder, `${kind}.x.${nameOfOwner().replace(/\.\d+\./, ".4194305.")}`),
  );
  const temporary = new TemporaryFolder(folder);
  const own = temporary.newFolderName();
  for (const each of [dead, other, own] as string[]) {
    fs.mkdirSync(each);
    fs.writeFileSync(join(each, "file"), "bytes");
  }
  temporary.clean();
  expect([dead, other, own].map((each) => fs.existsSync(each as string))).toEqual([false, true, true]);
  temporary.discardOwn();
  expect(fs.existsSync(own)).toBe(false);
});

it("a sign that cannot be given fails nobody", () => {
  const end = new TemporaryFolder(folder).showLife(join(folder, "gone"), () => {
    throw new Error("the disk is gone");
  });
  vi.advanceTimersByTime(3 * PART_BEAT);
  end();
});
