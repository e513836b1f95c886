/** All objects of a remote that hold bytes of blobs, or say where they are: for whoever removes some. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import { BLOBS } from "../blob-layout.ts";
import type { ObjectName, ObjectStat } from "../bucket.ts";
import { CHUNKS, hashIn, INDEX, INDEX_LIST, PACKS } from "./layout.ts";
import { asideOf } from "./packs/set-aside.ts";
import type { Place } from "./place.ts";

const KINDS = { [BLOBS]: "whole", [PACKS]: "pack", [INDEX]: "table", [CHUNKS]: "cuts" } as const;

/** An object, by what it holds: a blob, a pack, a pack's table, a blob's cut list, a table that was taken out. */
export interface KeptObject extends ObjectStat {
  kind: (typeof KINDS)[keyof typeof KINDS] | "aside";
  /** Of the blob or the pack. */
  hash: Hash;
  name: ObjectName;
}

/**
 * Each once, where the medium shows it again: media list by name or by folder, so the names of one shelf are all that
 * has to be remembered for that. Throws `format-newer` for what only a newer mvgit can follow: it may need any blob.
 */
export async function* contentsOf(place: Place): AsyncGenerator<KeptObject> {
  await place.look();
  let shelf = "";
  const shown = new Set<ObjectName>();
  for await (const { name, ...stat } of place.writable().list("")) {
    const found = classified(name);
    if (found === "newer") throw unknown(place, name);
    if (found === null) continue;
    const own = name.slice(0, name.lastIndexOf("/"));
    if (own !== shelf) shown.clear();
    shelf = own;
    if (shown.has(name)) continue;
    shown.add(name);
    yield { ...found, name, ...stat };
  }
}

/** Null for what holds no bytes of blobs: the place's own, and what somebody else left beside. */
function classified(name: ObjectName): Pick<KeptObject, "kind" | "hash"> | "newer" | null {
  const pack = asideOf(name);
  if (pack !== null) return { kind: "aside", hash: pack };
  for (const [folder, kind] of Object.entries(KINDS)) {
    if (!name.startsWith(`${folder}/`)) continue;
    const hash = hashIn(folder, name);
    if (hash !== null) return { kind, hash };
    // Beside blobs there were always names that are none.
    return folder === BLOBS || name === INDEX_LIST ? null : "newer";
  }
  return /^[^/]+\/[0-9a-f]{2}\/[0-9a-f]{62}/.test(name) || name.startsWith("recipes/") ? "newer" : null;
}

function unknown({ address }: Place, name: ObjectName): MvgitError {
  return new MvgitError(
    "format-newer",
    `nothing was removed: '${address}' holds '${display(name)}', which a newer mvgit wrote`,
    { subject: display(name), hint: "update mvgit" },
  );
}
