/** All that anything in a repository names: which blobs a place must have so that nothing is lost without any other. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { breathe } from "../../base/stop.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import type { Oid } from "../../git/reader.ts";
import { type BrokenPointer, newerFormat, type PointerUse } from "../../repo/pointer-uses.ts";
import { reachableUses } from "../../repo/reachable.ts";
import type { Repo } from "../../repo/repo.ts";
import { NeedTable } from "../../transfer/need-table.ts";
import { notGiven } from "../../transfer/said.ts";
import type { Unhad } from "../../transfer/unhad.ts";
import { type Claimed, claimedOf } from "../../values/claim.ts";
import { type Hash, parseHash } from "../../values/hash.ts";
import { LEAF_CAP, parseLeaf, ROOT_CAP } from "../../values/manifest.ts";
import { type LoadBlob, readLeaves } from "../../values/manifest-io.ts";

/** Folders whose lists are asked for together. */
const TOGETHER = 16;

export interface AllNeeds {
  /** One use of each pointer whose needs are known. */
  uses: PointerUse[];
  blobs: NeedTable;
  /** Leaves before the roots that name them. */
  manifests: NeedTable;
  /** Lists of files that no store gives, so that it is not known what else is needed. */
  lacking: { use: PointerUse; failed: Pick<Unhad, "hash" | "why" | "said"> }[];
  /** Pointers that cannot be read. */
  broken: MvgitError[];
}

/** What every ref, reflog, stash and index of all work trees needs, and the commits `more`. `load` gives manifests. */
export async function allNeeds(repo: Repo, more: readonly Oid[], load: LoadBlob): Promise<AllNeeds> {
  const { uses, broken } = await reachableUses(repo, more);
  const needs: AllNeeds = {
    uses: [],
    blobs: new NeedTable(),
    manifests: new NeedTable(),
    lacking: [],
    broken: [...new Map(broken.map((each) => [`${each.path} ${each.reason}`, each])).values()]
      // Both sides of a conflict stand in the index.
      .filter(({ reason }) => reason !== "conflicted")
      .map(unreadable),
  };
  const once = new Map<Claimed, PointerUse>();
  for (const use of uses) if (!once.has(claimedOf(use.pointer))) once.set(claimedOf(use.pointer), use);
  await forEachConcurrent(once.values(), TOGETHER, (use) => addUse(needs, use, load));
  return needs;
}

async function addUse(needs: AllNeeds, use: PointerUse, load: LoadBlob): Promise<void> {
  try {
    const { hash, size, files } = use.pointer;
    if (files === undefined) needs.blobs.add({ hash, size });
    else await addFolder(needs, hash, load);
    needs.uses.push(use);
  } catch (error) {
    const lack = isMvgitError(error, "manifest-malformed") ? { why: "damaged" as const } : notGiven(error);
    if (lack === null || !isMvgitError(error)) throw error;
    needs.lacking.push({ use, failed: { hash: parseHash(error.subject ?? "") ?? use.pointer.hash, ...lack } });
  }
}

/** Leaf by leaf: of a long history most are those of an earlier version, and of a large folder not all are held. */
async function addFolder({ blobs, manifests }: AllNeeds, root: Hash, load: LoadBlob): Promise<void> {
  for (const leaf of await readLeaves(root, load)) {
    await breathe();
    if (manifests.has(leaf.hash)) continue;
    const bytes = await load(leaf.hash, LEAF_CAP);
    for (const need of parseLeaf(bytes)) blobs.add(need);
    manifests.add({ hash: leaf.hash, size: bytes.length });
  }
  manifests.add({ hash: root, size: (await load(root, ROOT_CAP)).length });
}

function unreadable({ path, where, reason, newer }: BrokenPointer): MvgitError {
  if (newer !== undefined) return newerFormat(path, newer);
  return new MvgitError(
    "pointer-malformed",
    `what '${display(path)}' of ${where.slice(0, 10)} needs is not known: the pointer is ${reason}`,
    { subject: display(path), hint: "mend the pointer, or leave it where nothing needs what it stood for" },
  );
}
