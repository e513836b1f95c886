/**
 * Every pointer that anything in this clone ever named, whether a ref reaches it or not: what is among them may be
 * ours, and nothing else is.
 */
import { inGroups } from "../base/tasks.ts";
import type { GitProgram } from "../git/program.ts";
import type { Oid } from "../git/reader.ts";
import { type Claimed, claimedOf } from "../values/claim.ts";
import { POINTER_CAP, readPointer } from "../values/pointer.ts";

/** Objects that are read at once. */
const GROUP = 5000;

/** Pointers of all objects that Git has here, as claims name them. */
export async function pointersEver(git: GitProgram): Promise<Set<Claimed>> {
  const { stdout } = await git.run([
    "cat-file",
    "--batch-all-objects",
    "--unordered",
    "--batch-check=%(objecttype) %(objectsize) %(objectname)",
  ]);
  const blobs = stdout
    .toString("latin1")
    .split("\n")
    .flatMap((line) => {
      const [, size, oid] = /^blob ([0-9]+) ([0-9a-f]+)$/.exec(line) ?? [];
      return oid !== undefined && Number(size) <= POINTER_CAP ? [oid as Oid] : [];
    });
  const found = new Set<Claimed>();
  for await (const group of inGroups(blobs, GROUP)) {
    for await (const { bytes } of git.blobs(group, POINTER_CAP)) {
      const reading = bytes && readPointer(bytes);
      if (reading?.kind === "pointer") found.add(claimedOf(reading.pointer));
    }
  }
  return found;
}
