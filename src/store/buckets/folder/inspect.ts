/** What `doctor --remote` finds in a folder: whether it is there, may be read, and written by all who share it. */
import * as fs from "node:fs";
import type { AccessReport } from "../../bucket.ts";
import { probe } from "../../probe.ts";

type Check = AccessReport["checks"][number];

const IDENTITY = "this system's user";

/** `inner`: folders in it that others write in, too. Never throws for what the report can say. */
export function inspectFolder(folder: string, inner: readonly string[]): AccessReport {
  const reading = [
    access(folder, { what: "folder exists", mode: fs.constants.F_OK }, ADVICE.exists),
    access(folder, { what: "may be read", mode: fs.constants.R_OK | fs.constants.X_OK }, ADVICE.read),
  ];
  const readable = reading.every(({ ok }) => ok);
  return { identity: IDENTITY, checks: readable ? [...reading, ...writing(folder, inner)] : reading };
}

const ADVICE = {
  exists: "mount the disk, or make the folder with 'mkdir'",
  read: "ask the owner of the folder for read access",
};

function access(folder: string, { what, mode }: { what: string; mode: number }, advice: string): Check {
  try {
    fs.accessSync(folder, mode);
    return { what, ok: true };
  } catch {
    return { what, ok: false, advice };
  }
}

function writing(folder: string, inner: readonly string[]): Check[] {
  const { closed, unshared } = probe(folder, inner);
  const some = (names: readonly string[]): string =>
    `'${names[0] || folder}'${names.length > 1 ? ` and ${names.length - 1} more` : ""}`;
  const mend = `'chmod -R g+ws ${folder}'`;
  const asker = `ask its owner for write access, if you push (in a shared folder: ${mend})`;
  const own: Check =
    closed.length === 0
      ? { what: "may be written", ok: true }
      : { what: "may be written", ok: false, advice: `you cannot write in ${some(closed)}: ${asker}` };
  if (unshared.length === 0) return [own];
  const advice = `others cannot write in ${some(unshared)}: run ${mend}`;
  return [own, { what: "may be written by all who share it", ok: false, advice }];
}
