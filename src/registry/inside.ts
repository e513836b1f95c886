/** What differs inside of a file: rows of a table, tensors of weights, what is in an archive. */
import { isNamedArchive } from "../values/archives/read.ts";
import type { MemberComparison } from "../values/archives/compare.ts";
import type { TensorComparison } from "../values/tensors/compare.ts";
import { isOfTensors, mayHaveTensors } from "../values/tensors/read.ts";
import { notHere, openBoth, type Sides } from "./content.ts";
import { memberChanges } from "./member-changes.ts";
import { mayHaveRows, rowChanges } from "./row-changes.ts";
import type { RowChanges } from "./row-sum.ts";
import { tensorChanges } from "./tensor-changes.ts";

/** What was found; nothing where the file is of no kind that is looked into. */
export interface Inside {
  /** Of a table that both have. */
  rows?: RowChanges;
  /** Of a file of weights that both have, where its bytes are at hand. */
  tensors?: TensorComparison;
  /** Of an archive that both have, where its bytes are at hand. */
  members?: MemberComparison;
  /** Why something of it could not be compared. */
  note?: string;
}

/**
 * `budget`: bytes of each side up to which values of tensors and members of archives are compared, taken from as they
 * are; null: headers and lists alone. Throws what `read` and `open` throw.
 */
export async function changesInside(sides: Sides, budget: { left: number } | null): Promise<Inside> {
  const rows: Inside = mayHaveRows(sides.path) ? await rowChanges(sides) : {};
  if (mayHaveRows(sides.path) && !isNamedArchive(sides.path)) return rows;
  const parts = await changesOfParts(sides, budget);
  // What says why there are no rows says it of the bytes, and so of all.
  return { ...parts, ...rows };
}

async function changesOfParts(sides: Sides, budget: { left: number } | null): Promise<Inside> {
  const { path, a } = sides;
  if (a.open === undefined) return partsUnseen(path);
  const opened = await openBoth(sides);
  if (opened === null) return unseenParts(path);
  const tensors = mayHaveTensors(path) ? await tensorChanges(path, opened, budget) : null;
  if (tensors !== null && "tensors" in tensors) return tensors;
  const members = await memberChanges(opened, budget);
  return members !== null && "members" in members ? members : (tensors ?? members ?? {});
}

/** Where nobody opens anything, what would be seen in a clone. */
export function partsUnseen(path: string): Inside {
  const takes = "were not compared: that takes a clone that has their bytes";
  if (isOfTensors(path)) return { note: `its tensors ${takes}` };
  return isNamedArchive(path) ? { note: `its members ${takes}` } : {};
}

/** Of a file whose bytes are not at hand. */
export function unseen(path: string): Inside {
  if (mayHaveRows(path)) return { note: notHere("rows") };
  return unseenParts(path);
}

function unseenParts(path: string): Inside {
  if (mayHaveTensors(path)) return { note: notHere("tensors") };
  return isNamedArchive(path) ? { note: notHere("members") } : {};
}
