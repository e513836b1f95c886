/** How times of safety stand to each other, and that texts say what they are. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as times from "../../src/base/times.ts";

const { DAY, HOUR, MINUTE } = times;

/** Each: the shorter, the longer, and why it has to be so. */
const ORDERS: [why: string, shorter: number, longer: number][] = [
  [
    "a push that gc no longer waits for has claimed anew, whatever the machine's clock did meanwhile",
    times.LONGEST_PUSH + times.MACHINE_SKEW,
    times.PUSH_AWAITED,
  ],
  [
    "what a push wrote is young for as long as gc waits for it, and for the push that comes after it",
    times.PUSH_AWAITED + times.LONGEST_PUSH,
    times.REMOTE_GRACE,
  ],
  [
    "a claim that is relied on is kept, whatever clocks say, and after it there are days for the commit to arrive",
    times.CLAIM_TRUST + times.LONGEST_PUSH + times.MACHINE_SKEW + 4 * DAY,
    times.REMOTE_GRACE,
  ],
  ["the claim of a push is relied on for longer than the push takes", times.LONGEST_PUSH, times.CLAIM_TRUST / 2],
  [
    "a request of gc that is still on its way has ended before its mark counts for nothing",
    times.GC_LIFE + times.LONGEST_REQUEST + 10 * MINUTE,
    times.MARK_LIFE,
  ],
  [
    "an upload that is gone on with at last makes a young object, even if the medium dates it by its beginning",
    times.UPLOAD_LIFE + times.LONGEST_PUSH + times.MACHINE_SKEW,
    times.REMOTE_GRACE,
  ],
  ["gc of a remote outlives its longest request", times.LONGEST_REQUEST, times.GC_LIFE],
  ["a request that makes no progress hangs less long than tries go on", times.INACTIVITY, times.NO_PROGRESS],
  [
    "what was half-made by an unknown process, and is completed at last, is a young blob",
    times.ABANDONED + times.MEDIUM_TIME_HELD,
    times.CACHE_GRACE / 2,
  ],
  ["signs of a download may be missed", 5 * times.PART_BEAT, times.PART_SILENCE],
  ["signs of a lease may be missed, for as long as anything is kept that nobody asked for", 5 * times.LEASE_BEAT, DAY],
  ["a lease outlives the grace by many signs", times.CACHE_GRACE + 100 * times.LEASE_BEAT, times.FOREIGN_LEASE],
  ["a beginning is gone on with before it is removed", times.PART_SILENCE, times.ABANDONED],
  ["what lies aside is looked after before its folder is cleaned", times.ASIDE_LEFT, times.ABANDONED],
  ["what is aside for a moment is not looked after while it is", times.LONGEST_REQUEST, times.ASIDE_LEFT],
  ["a lease holds longer than the grace that it stands in for", times.CACHE_GRACE, times.FOREIGN_LEASE],
  ["a run's blobs are held for as long as the run is listed", times.RUN_KEPT, times.FOREIGN_LEASE],
  ["a medium's time that is gone on with hides no grace", times.MEDIUM_TIME_HELD, HOUR],
  ["signs of a holder may be missed", 5 * times.LOCK_BEAT, times.LOCK_SILENCE.here],
  ["a network's file system may be late with them", times.LOCK_SILENCE.here, times.LOCK_SILENCE.elsewhere],
  [
    "a holder that stood still notices before it goes on, and does not ask at every step",
    times.LOCK_LOOK,
    times.LOCK_BEAT,
  ],
  ["whoever waits for a lock outwaits a dead holder", 2 * times.LOCK_SILENCE.elsewhere, times.LOCK_PATIENCE],
  ["a lock without signs is older than any with them gets", times.LOCK_PATIENCE, times.OLD_LOCK],
  ["signs of a run may be missed", 5 * times.RUN_BEAT, times.RUN_SILENCE],
  ["nobody is refused for a date that no audit tells", times.PEOPLE_SKEW, times.ODD_DATE],
  ["nor for a clock that missed the change to summer time", HOUR, times.PEOPLE_SKEW],
  [
    "a machine that takes the time of its zone for the world's is within what is allowed",
    14 * HOUR,
    times.MACHINE_SKEW,
  ],
  ["a service may think for a while before it answers", MINUTE / 2, times.INACTIVITY],
  ["nobody waits for a lock of an earlier version for longer than a break", times.OLD_LOCK, HOUR / 2],
  ["a command that was stopped at a terminal has what it moved aside when it goes on", HOUR, times.ASIDE_LEFT],
];

describe("times of safety", () => {
  it.each(ORDERS)("%s", (_, shorter, longer) => {
    expect(shorter).toBeLessThanOrEqual(longer);
  });

  it("every span is part of an order", () => {
    const named = fs.readFileSync(import.meta.filename, "utf8");
    const units = ["SECOND", "MINUTE", "HOUR", "DAY"];
    for (const name of Object.keys(times))
      if (!units.includes(name)) expect(named, name).toMatch(new RegExp(`times\\.${name}\\b`));
  });
});

/** Texts that say a time. */
const TEXTS: [time: number, words: string, where: "docs" | "src"][] = [
  [times.CACHE_GRACE, "gc takes after 14 days", "docs"],
  [times.CACHE_GRACE, "everything that was used in the last 14 days", "docs"],
  [times.CACHE_GRACE, "the cache keeps its bytes for 14 days", "docs"],
  [times.CACHE_GRACE, "used in the last 14 days", "src"],
  [times.CACHE_GRACE, "which keeps the bytes in the cache for 14 days", "src"],
  [times.CACHE_GRACE, "the cache keeps its bytes for 14 days", "src"],
  [times.CACHE_GRACE, "the cache keeps its old bytes for 14 days", "src"],
  [times.CACHE_GRACE, "the cache keeps the old bytes of '${display(path)}' for 14 days", "src"],
  [times.REMOTE_GRACE, "every blob younger than 14 days", "docs"],
  [times.REMOTE_GRACE, "that are older than 14 days", "docs"],
  [times.REMOTE_GRACE, "that is older than 14 days", "src"],
  [times.REMOTE_GRACE, "lets go of what is older than 14 days", "src"],
  [times.CLAIM_TRUST, "Claims of the last 7 days that this clone made", "docs"],
  [times.CLAIM_TRUST, "does not write one again for a week", "docs"],
  [times.PUSH_AWAITED, "after two days nobody waits for it", "src"],
  [times.PUSH_AWAITED, "gc waits for two days", "docs"],
  [times.PUSH_AWAITED, "for two days after such a claim", "docs"],
  [times.LONGEST_PUSH, "A push that took longer than a day does it all again", "docs"],
  [times.MARK_LIFE, "after an hour it counts for nothing", "src"],
  [times.MARK_LIFE, "MUST have ended before the mark is an hour old", "docs"],
  [times.MARK_LIFE, "others wait for an hour", "docs"],
  [times.GC_LIFE, "since half an hour is over", "src"],
  [times.GC_LIFE, "at most half an hour", "docs"],
  [times.UPLOAD_LIFE, "readable by you alone, for a week", "docs"],
  [times.NO_PROGRESS, "at most 5 minutes without progress", "docs"],
  [times.FOREIGN_LEASE, "counts for 30 days", "docs"],
  [times.RUN_KEPT, "Runs are kept for 30 days", "docs"],
  [times.RUN_KEPT, "kept for 30 days", "src"],
  [times.RUN_KEPT, "of more than 30 days ago", "src"],
  [times.ODD_DATE, "dated more than a day before its version", "docs"],
  [times.ODD_DATE, "dated more than a day before its version", "src"],
];
const SAID: [words: RegExp, time: number][] = [
  [/14 days/, 14 * DAY],
  [/30 days/, 30 * DAY],
  [/7 days|a week/, 7 * DAY],
  [/two days/, 2 * DAY],
  [/half an hour/, HOUR / 2],
  [/an hour/, HOUR],
  [/5 minutes/, 5 * MINUTE],
  [/a day/, DAY],
];

/** All texts of a folder, as they are read: without the breaks of lines, and of literals. */
function textOf(folder: string): string {
  const root = join(import.meta.dirname, "../..", folder);
  return fs
    .readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|md)$/.test(name))
    .map((name) => fs.readFileSync(join(root, name), "utf8").replaceAll(/["`]\s*\+\s*["`]/g, ""))
    .join("\n")
    .replaceAll(/\s+/g, " ");
}

const all = { docs: textOf("docs"), src: textOf("src") };

it.each(TEXTS)("%i ms are '%s' in %s", (time, words, where) => {
  expect(all[where].includes(words)).toBe(true);
  expect(SAID.find(([said]) => said.test(words))?.[1]).toBe(time);
});
