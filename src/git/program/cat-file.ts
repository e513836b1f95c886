/** Many objects read through one `git cat-file`. */
import { absent, type FoundObject, type GitObject, wrongType } from "../objects.ts";
import type { Environment } from "../run.ts";
import type { ObjectType, Oid } from "../reader.ts";
import { askOnce, type Form, type Standing } from "./standing.ts";

export interface Place {
  cwd: string;
  env: Environment;
  /** Answers in the place of a git for each question. */
  standing?: Standing;
}

function ask(form: Form, names: readonly string[], { standing, cwd, env }: Place): Promise<Buffer> {
  return standing?.ask(form, names) ?? askOnce(form, names, { cwd, env });
}

/** What an object is, without its bytes. */
export interface Look {
  oid: Oid;
  type: ObjectType;
  size: number;
}

/**
 * What stands for each name (an id, `ID:PATH`, `ID^{}`; no ref, no line feed) in the order asked; null where Git finds
 * nothing.
 */
export async function lookUp(names: readonly string[], place: Place): Promise<(Look | null)[]> {
  if (names.length === 0) return [];
  const lines = (await ask("lines", names, place)).toString("utf8").trimEnd().split("\n");
  return names.map((_, index) => {
    const [, oid, type, size] = LOOK.exec(lines[index] ?? "") ?? [];
    return oid === undefined ? null : { oid: oid as Oid, type: type as ObjectType, size: Number(size) };
  });
}

const LOOK = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) ([0-9]+)$/;

/** Sizes in bytes, in the order asked. An absent object throws `git-failed`. */
export async function objectSizes(oids: readonly Oid[], place: Place): Promise<number[]> {
  return (await lookAt(oids, place)).map(({ size }) => size);
}

async function lookAt(oids: readonly Oid[], place: Place): Promise<Look[]> {
  return (await lookUp(oids, place)).map((look, index) => {
    if (look === null) throw absent(oids[index] as Oid);
    return look;
  });
}

/** Which of the ids Git has no object for. */
export async function absentObjects(oids: readonly Oid[], place: Place): Promise<Set<Oid>> {
  const looks = await lookUp(oids, place);
  return new Set(oids.filter((oid, index) => looks[index]?.oid !== oid));
}

/** Blobs in the order asked, null for one above `cap` bytes, which is not read. */
export async function readBlobs(oids: readonly Oid[], cap: number, place: Place): Promise<(Buffer | null)[]> {
  const looks = await lookAt(oids, place);
  for (const [index, { type }] of looks.entries())
    if (type !== "blob") throw wrongType(oids[index] as Oid, "blob", type);
  const found = (
    await readObjects(
      oids.filter((_, index) => (looks[index]?.size as number) <= cap),
      place,
    )
  ).values();
  return looks.map(({ size }) => (size > cap ? null : (found.next().value as GitObject).bytes));
}

/** Whole objects of any type in the order asked. An absent one throws `git-failed`. */
export async function readObjects(oids: readonly Oid[], place: Place): Promise<GitObject[]> {
  if (oids.length === 0) return [];
  const stdout = await ask("objects", oids, place);
  let position = 0;
  return oids.map((oid) => {
    const end = stdout.indexOf(10, position);
    const [, type, size] =
      /^[0-9a-f]+ (commit|tree|blob|tag) ([0-9]+)$/.exec(stdout.toString("latin1", position, end)) ?? [];
    if (size === undefined) throw absent(oid);
    position = end + 2 + Number(size);
    return { type: type as ObjectType, bytes: stdout.subarray(end + 1, end + 1 + Number(size)) };
  });
}

/**
 * An object of any type, without its bytes where it has more than `cap`, which are not read; null where Git does not
 * have it.
 */
export async function readObject(oid: Oid, cap: number, place: Place): Promise<FoundObject | null> {
  const [look] = await lookUp([oid], place);
  if (!look) return null;
  return look.size > cap ? { type: look.type, bytes: null } : ((await readObjects([oid], place))[0] as GitObject);
}

/**
 * Tags in the order asked, null for an object of another type and for one above `cap` bytes, neither of which is read.
 */
export async function readTags(oids: readonly Oid[], cap: number, place: Place): Promise<(Buffer | null)[]> {
  const looks = await lookAt(oids, place);
  const isRead = looks.map(({ type, size }) => type === "tag" && size <= cap);
  const found = (
    await readObjects(
      oids.filter((_, index) => isRead[index]),
      place,
    )
  ).values();
  return isRead.map((each) => (each ? (found.next().value as GitObject).bytes : null));
}

/** What each object finally points to, through however many tags of tags; one start of git. */
export async function peelObjects(oids: readonly Oid[], place: Place): Promise<Oid[]> {
  const looks = await lookUp(
    oids.map((oid) => `${oid}^{}`),
    place,
  );
  return looks.map((look, index) => {
    if (look === null) throw absent(oids[index] as Oid);
    return look.oid;
  });
}

/**
 * Files by `COMMIT:PATH`, in the order asked; null for one that is a folder, or larger than `cap` bytes. No path has a
 * line feed. `missing` is told which Git does not find: it says the same of an absent path and of a damaged tree.
 */
export async function readPaths(
  names: readonly string[],
  cap: number,
  place: Place & { missing: (indices: readonly number[]) => Promise<void> },
): Promise<(Buffer | null)[]> {
  const looks = await lookUp(names, place);
  await place.missing(looks.flatMap((look, index) => (look === null ? [index] : [])));
  const oids = looks.map((look) => (look?.type === "blob" && look.size <= cap ? look.oid : null));
  const found = (
    await readObjects(
      oids.filter((oid) => oid !== null),
      place,
    )
  ).values();
  return oids.map((oid) => (oid === null ? null : (found.next().value as GitObject).bytes));
}
