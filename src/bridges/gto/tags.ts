/** GTO's tags as they are read, in the order of their time. */
import type { GitIdentity, GitRef, Oid } from "../../git/reader.ts";
import { type GtoName, readGtoName } from "./tag.ts";
import { readEvent, readVersionTag } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";

export interface GtoTag {
  /** Without `refs/tags/`. */
  tag: string;
  name: GtoName;
  /** Of the tag object. */
  oid: Oid;
  commit: Oid;
  tagger: GitIdentity;
  /** Without blank lines around it. */
  message: string;
}

const PREFIX = "refs/tags/";

/** Annotated tags on commits only, as GTO counts them; mvgit's own, which may have such names, are none of them. */
export async function gtoTags(repo: Repo, refs: readonly GitRef[]): Promise<GtoTag[]> {
  const named = refs.flatMap(({ name, oid }) => {
    const read = name.startsWith(PREFIX) ? readGtoName(name.slice(PREFIX.length)) : null;
    return read ? [{ tag: name.slice(PREFIX.length), name: read, oid }] : [];
  });
  const tags: GtoTag[] = [];
  let at = 0;
  for await (const { tag } of repo.git.tags(named.map((each) => each.oid))) {
    const each = named[at++] as (typeof named)[number];
    if (tag?.type !== "commit" || tag.tagger === null || tag.name !== each.tag || isOurs(tag.message)) continue;
    tags.push({ ...each, commit: tag.object, tagger: tag.tagger, message: tag.message.trim() });
  }
  return tags.sort(
    (a, b) => a.tagger.time - b.tagger.time || a.name.counter - b.name.counter || (a.tag < b.tag ? -1 : 1),
  );
}

function isOurs(message: string): boolean {
  return readEvent(message).kind !== "other" || readVersionTag(message).kind !== "other";
}

/** How many versions GTO's tags register, by their names alone. */
export function countGtoVersions(refs: readonly GitRef[]): number {
  return refs.filter(
    ({ name }) => readGtoName(name.slice(PREFIX.length))?.version?.includes(".") && !name.includes("!"),
  ).length;
}
