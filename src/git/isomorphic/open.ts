/** A local repository read without the git program. Executes nothing and follows no setting of the repository. */
import { mapOrdered } from "../../base/tasks.ts";
import { ObjectReader } from "../object-reader.ts";
import { absent, parseTag, tooLarge } from "../objects.ts";
import { type GitRef, type Oid, TAG_CAP } from "../reader.ts";
import { ObjectDatabase } from "./objects.ts";
import { findFiles } from "./place.ts";
import { RefFiles } from "./refs.ts";

/** Objects that are read at once. */
const AT_ONCE = 32;

/**
 * Opens the repository at or above `folder`: a work tree, a linked one, a bare or shallow one. `signal` ends what is
 * read. Throws
 * `not-a-repository`; `not-supported` for SHA-256, reftable, partial clones, alternates, replaced objects and unknown
 * extensions.
 */
export function openWithoutProgram(folder: string, signal?: AbortSignal): ObjectReader {
  const { gitDir, commonDir } = findFiles(folder);
  const files = new RefFiles(gitDir, commonDir);
  const database = new ObjectDatabase(commonDir, signal);
  return new ObjectReader({
    object: (oid, cap) => database.object(oid, cap),
    firstRef: async (names) => names.map((name) => files.oid(name)).find((oid) => oid !== null) ?? null,
    refs: async () => {
      const refs: GitRef[] = [];
      for await (const ref of mapOrdered(files.list(), AT_ONCE, async ({ peeled, ...ref }) => ({
        ...ref,
        peeled: peeled ?? (await peel(ref.oid, database)),
      })))
        refs.push(ref);
      return refs;
    },
  });
}

async function peel(start: Oid, database: ObjectDatabase): Promise<Oid> {
  for (let oid = start; ;) {
    const object = await database.object(oid, TAG_CAP);
    if (!object) throw absent(oid);
    if (object.type !== "tag") return oid;
    if (object.bytes === null) throw tooLarge("tag", oid);
    oid = parseTag(oid, object.bytes).object;
  }
}
