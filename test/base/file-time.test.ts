import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { planFaults } from "../../src/base/faults.ts";
import { steadyTimeIn, timeIn } from "../../src/base/file-time.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-test-"));
});
afterEach(() => {
  vi.useRealTimers();
  planFaults("count@0");
  fs.rmSync(folder, { recursive: true, force: true });
});

/** What the file system says of a file made now. */
function stamp(): number {
  fs.writeFileSync(join(folder, "now"), "");
  return fs.statSync(join(folder, "now")).mtimeMs;
}

describe("the time of a file system", () => {
  it("is that of its files, whatever this machine's clock says, and leaves nothing behind", () => {
    const before = stamp();
    vi.useFakeTimers({ now: before + 20 * 24 * 3600 * 1000, toFake: ["Date"] });
    expect(Math.abs(timeIn(folder) - before)).toBeLessThan(60_000);
    expect(Math.abs(steadyTimeIn(folder)() - before)).toBeLessThan(60_000);
    expect(fs.readdirSync(folder)).toEqual(["now"]);
  });

  it("is had from a full disk as well, where gc is needed most", () => {
    const before = stamp();
    planFaults("ENOSPC@1");
    expect(timeIn(folder)).toBeGreaterThanOrEqual(Math.floor(before));
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });
});

it("a time that is held is asked for again when the clock was set, or the machine slept", () => {
  const time = steadyTimeIn(folder);
  const before = time();
  vi.useFakeTimers({ now: Date.now() + 20 * 24 * 3600 * 1000, toFake: ["Date"] });
  expect(Math.abs(time() - before)).toBeLessThan(60_000);
  vi.useFakeTimers({ now: Date.now() - 40 * 24 * 3600 * 1000, toFake: ["Date"] });
  expect(Math.abs(time() - before)).toBeLessThan(60_000);
});
