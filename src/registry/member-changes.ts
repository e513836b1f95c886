/** How an archive differs between two versions, file by file; a Parquet file by row groups and columns. */
import { type ArchiveSource, compareMembers, type MemberComparison } from "../values/archives/compare.ts";
import { readArchive } from "../values/archives/read.ts";
import type { RandomAccess } from "../values/tensors/access.ts";

/** Of a file that both have: what differs in it, or why that is not known; null for what is no archive. */
export async function memberChanges(
  sides: readonly [RandomAccess, RandomAccess],
  budget: { left: number } | null,
): Promise<{ members: MemberComparison } | { note: string } | null> {
  const sources: ArchiveSource[] = [];
  for (const access of sides) {
    const archive = await readArchive(access);
    if (archive === null) return null;
    if ("why" in archive) return { note: `what is in it was not read: ${archive.why}` };
    sources.push({ archive, access });
  }
  const [before, after] = sources as [ArchiveSource, ArchiveSource];
  return { members: await compareMembers(before, after, budget) };
}
