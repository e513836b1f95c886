import { describe, expect, test } from "vitest";
import { ProgressView } from "../../src/cli/progress.ts";
import { progressLine } from "../../src/cli/render/progress-line.ts";

/** A view on a screen that only remembers, with a clock that stands still. */
function open(live: boolean, columns = 80): { view: ProgressView; written(): string; wait(ms: number): void } {
  let now = 1000;
  let text = "";
  const screen = { live, columns: () => columns, write: (more: string) => (text += more) };
  const view = new ProgressView(screen, { now: () => now });
  return {
    view,
    written: () => text,
    wait: (ms) => {
      now += ms;
      view.tick();
    },
  };
}

/** What a terminal shows after these bytes: understands what the view uses. */
function shown(bytes: string): string[] {
  const lines = [""];
  let row = 0;
  for (const [part, up] of bytes.matchAll(/\x1b\[(\d+)A|\x1b\[J|\r|\n|[^\x1b\r\n]+/g)) {
    if (up) row -= Number(up);
    else if (part === "\x1b[J") lines.splice(row, Infinity, "");
    else if (part === "\n") lines[++row] ??= "";
    else if (part !== "\r") lines[row] += part;
  }
  return lines;
}

describe("on a terminal", () => {
  test("work that ends within half a second shows nothing", () => {
    const { view, wait, written } = open(true);
    const task = view.task("hashing", { bytes: 100 });
    wait(400);
    task.done();
    view.finish();
    expect(written()).toBe("");
  });

  test("a bar with bytes, rate and time left takes its line's place", () => {
    const { view, wait, written } = open(true);
    const task = view.task("hashing", { bytes: 2 ** 31 });
    task.advance(2 ** 29);
    wait(1000);
    // Of the first seconds nobody can tell how long the rest takes.
    expect(shown(written())).toEqual(["hashing  [#####---------------]   25%  512 MiB of 2.0 GiB  512 MiB/s"]);
    task.advance(2 ** 29);
    wait(1000);
    expect(shown(written())).toEqual([
      "hashing  [##########----------]   50%  1.0 GiB of 2.0 GiB  512 MiB/s  2 s left",
    ]);
    view.finish();
    expect(shown(written())).toEqual([""]);
  });

  test("a total that comes to be known later counts from then on", () => {
    const { view, wait, written } = open(true);
    const task = view.task("adding data");
    task.advance(2 ** 20, 10);
    wait(600);
    expect(shown(written())).toEqual(["adding data  10 files  1.0 MiB  1.7 MiB/s"]);
    task.expect({ files: 40, bytes: 2 ** 22 });
    wait(100);
    expect(shown(written())[0]).toContain("25%  10 of 40 files  1.0 MiB of 4.0 MiB");
  });

  test("what is printed past it stands where the live line was, not behind it", () => {
    const { view, wait, written } = open(true);
    view.task("making files", { files: 3 });
    wait(600);
    view.clear();
    expect(shown(`${written()}a line of the result\n`)).toEqual(["a line of the result", ""]);
    wait(100);
    expect(shown(written())[0]).toMatch(/^making files/);
  });

  test("several tasks have a line each, and notes stand above them", () => {
    const { view, wait, written } = open(true);
    const one = view.task("hashing", { files: 10 });
    view.task("pushing");
    one.advance(5, 5);
    wait(600);
    view.print("warning: look");
    wait(100);
    expect(shown(written()).map((line) => line.split(" ")[0])).toEqual(["warning:", "hashing", "pushing"]);
    one.done();
    wait(100);
    expect(shown(written()).map((line) => line.split(" ")[0])).toEqual(["warning:", "pushing"]);
    view.finish();
    expect(shown(written())).toEqual(["warning: look", ""]);
  });

  test("a line is never longer than the terminal, and a label cannot move the cursor", () => {
    const { view, wait, written } = open(true, 40);
    view.task(`pushing ${"x".repeat(200)}\u001b[2J`, { bytes: 10 });
    wait(600);
    expect(written().length).toBeLessThan(40);
    expect(written()).not.toContain("\u001b");
  });
});

describe("elsewhere", () => {
  test("a plain line every three seconds", () => {
    const { view, wait, written } = open(false);
    const task = view.task("pushing", { bytes: 4 * 2 ** 30, files: 3 });
    task.advance(2 ** 30, 1);
    wait(2900);
    expect(written()).toBe("");
    wait(1100);
    wait(100);
    expect(written()).toBe("pushing: 25%, 1 of 3 files, 1.0 GiB of 4.0 GiB, 256 MiB/s, 12 s left\n");
    view.finish();
    expect(written().split("\n")).toHaveLength(2);
  });
});

test("a stall shows in the rate", () => {
  const { view, wait, written } = open(false);
  const task = view.task("fetching", { bytes: 2 ** 30 });
  task.advance(2 ** 20);
  for (let i = 0; i < 4; i++) wait(3000);
  expect(written().trimEnd().split("\n").at(-1)).toBe("fetching: 0%, 1.0 MiB of 1.0 GiB, 0 B/s");
});

test("what is not known is not told", () => {
  const nothing = { total: {}, bytes: 0, files: 0, rate: null, isSteady: true };
  expect(progressLine({ label: "looking", ...nothing }, true)).toBe("looking  0 B");
  expect(progressLine({ label: "looking", ...nothing, files: 1200 }, false)).toBe("looking: 1,200 files");
});

test("what does not fit is left out, never cut within a number", () => {
  const standing = {
    label: "pushing to remote 'store'",
    total: { bytes: 469_000, files: 40_000 },
    bytes: 4200,
    files: 123,
    rate: { bytes: 13_700, files: 100 },
    isSteady: true,
  };
  const all = progressLine(standing, true);
  expect(all).toBe(
    "pushing to remote 'store'  [--------------------]    0%  123 of 40,000 files  4.1 KiB of 458 KiB  13.4 " +
      "KiB/s  34 s left",
  );
  expect(progressLine(standing, true, 79)).toBe("pushing to remote 'store'    0%  123 of 40,000 files  34 s left");
  expect(progressLine(standing, true, 100)).toBe(
    "pushing to remote 'store'    0%  123 of 40,000 files  4.1 KiB of 458 KiB  13.4 KiB/s  34 s left",
  );
  expect(progressLine(standing, true, 119)).toBe(all);
  expect(progressLine(standing, true, 112)).toBe(
    "pushing to remote 'store'  [----------]    0%  123 of 40,000 files  4.1 KiB of 458 KiB  13.4 KiB/s  34 s left",
  );
  expect(progressLine(standing, true, 50)).toBe("pushing to …ote 'store'    0%  123 of 40,000 files");
  const far = {
    ...standing,
    label: `adding ${"folder/".repeat(20)}images`,
    total: { files: 1_234_567, bytes: 2 ** 40 },
  };
  for (const width of [119, 79, 59, 39, 19]) {
    const line = progressLine(far, true, width);
    expect(line.length, line).toBeLessThanOrEqual(width);
    expect(line.replace(/^.*?…\S*/, ""), line).toMatch(
      /^(?: {2}\[-{10}\])?(?: +0%)?(?: {2}123 of 1,234,567 files)?(?: {2}4\.1 KiB of 1\.0 TiB)?(?: {2}13\.4 KiB\/s)?$/,
    );
  }
  expect(progressLine({ ...standing, total: { bytes: 469_000 }, files: 0 }, true, 62)).toBe(
    "pushing to remote 'store'    0%  4.1 KiB of 458 KiB  34 s left",
  );
});

test("bytes that go again after a cut are not more than all of them", () => {
  const standing = {
    label: "pushing",
    total: { bytes: 2 ** 20 },
    bytes: 2 ** 21,
    files: 0,
    rate: null,
    isSteady: true,
  };
  expect(progressLine(standing, false)).toBe("pushing: 100%, 1.0 MiB of 1.0 MiB");
});
