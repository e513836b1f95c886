/** What may have a chain of tags: a stage has its moves, a version its remarks. */
import type { GitRef, Oid } from "../git/reader.ts";
import { readRef } from "../values/label.ts";
import { stageName, type StageOf } from "./chain.ts";
import { nameOf, type VersionRef } from "./versions.ts";

/** What has a `stage` is one, whatever version it names besides. */
export type ChainOf = StageOf | (Pick<VersionRef, "model" | "version"> & { stage?: undefined });

/** `MODEL#STAGE` or `MODEL@vN`: what stands before the number in the name of each of its tags. */
export function chainName(of: ChainOf): string {
  return of.stage === undefined ? nameOf(of) : stageName(of);
}

/** What messages call one of its tags. */
export function linkNoun(of: ChainOf): "event" | "remark" {
  return of.stage === undefined ? "remark" : "event";
}

/** Whether a ref has the name of one of its tags. */
export function isLinkOf(ref: string, of: ChainOf): boolean {
  const read = ref.startsWith(`refs/tags/${chainName(of)}#`) ? readRef(ref) : null;
  return read !== null && read.kind !== "version";
}

/** The tag objects that have the names of its links, by number, ascending. */
export function chainTags(refs: readonly GitRef[], of: ChainOf): Map<number, Oid> {
  const found = refs
    .filter(({ name }) => isLinkOf(name, of))
    .map(({ name, oid }): [number, Oid] => [Number(name.slice(name.lastIndexOf("#") + 1)), oid]);
  return new Map(found.sort(([a], [b]) => a - b));
}

/** The highest number that a tag of that name has, which none of mvgit's may take again. */
export function highestNumber(refs: readonly GitRef[], of: ChainOf): number {
  const prefix = `refs/tags/${chainName(of)}#`;
  return refs.reduce(
    (most, { name }) =>
      name.startsWith(prefix) ? Math.max(most, Number(/#([1-9][0-9]{0,8})$/.exec(name)?.[1] ?? 0)) : most,
    0,
  );
}
