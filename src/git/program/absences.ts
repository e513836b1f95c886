/** Whether paths that Git does not find are absent: it says the same of a path in a damaged tree. */
import { inGroups } from "../../base/tasks.ts";
import { parseTree } from "../objects.ts";
import type { Oid } from "../reader.ts";
import { lookUp, type Place, readObjects } from "./cat-file.ts";

interface Path {
  commit: Oid;
  path: string;
}
/** Trees that are read at once. */
const TOGETHER = 1000;

/**
 * Of paths that Git does not find, those that no tree shows to be absent, by their places in the list. Asks git a few
 * times, however many they are.
 */
export async function notShownAbsent(paths: readonly Path[], place: Place): Promise<number[]> {
  const isOdd = ({ path }: Path): boolean => path.split("/").some((name) => /^\.{0,2}$/.test(name));
  const doubtful = paths.flatMap((each, index) => (isOdd(each) ? [index] : []));
  let open = paths.flatMap((each, index) => (isOdd(each) ? [] : [{ ...each, index }]));
  while (open.length > 0) {
    const listed = await namesBy(new Set(open.map(folderOf)), place);
    const above: typeof open = [];
    for (const each of open) {
      const slash = each.path.lastIndexOf("/");
      const names = listed.get(folderOf(each));
      if (names === "missing" && slash > 0) above.push({ ...each, path: each.path.slice(0, slash) });
      else if (typeof names !== "object" || names.has(each.path.slice(slash + 1))) doubtful.push(each.index);
    }
    open = above;
  }
  return doubtful;
}

/** As Git takes it. */
function folderOf({ commit, path }: Path): string {
  return `${commit}:${path.slice(0, Math.max(0, path.lastIndexOf("/")))}`;
}

type Names = ReadonlySet<string> | "missing" | "other";

/** What is in folders. */
async function namesBy(folders: ReadonlySet<string>, place: Place): Promise<Map<string, Names>> {
  const all = [...folders];
  const looks = await lookUp(all, place);
  const trees = new Set(looks.flatMap((look) => (look?.type === "tree" ? [look.oid] : [])));
  const names = new Map<Oid, Names>();
  for await (const group of inGroups([...trees], TOGETHER))
    for (const [index, { bytes }] of (await readObjects(group, place)).entries()) {
      const oid = group[index] as Oid;
      names.set(oid, new Set(parseTree(oid, bytes).map(({ name }) => name)));
    }
  return new Map(
    all.map((folder, index) => {
      const look = looks[index];
      return [folder, look ? (names.get(look.oid) ?? "other") : "missing"];
    }),
  );
}
