/** Many objects read through one `git cat-file`. */
import { absent, type FoundObject, type GitObject, wrongType } from "../objects.ts";
import { type Environment, runGit } from "../run.ts";
import type { ObjectType, Oid } from "../reader.ts";

interface Place {
  cwd: string;
  env: Environment;
}

/** Sizes in bytes, in the order asked. An absent object throws `git-failed`. */
export async function objectSizes(oids: readonly Oid[], place: Place): Promise<number[]> {
  return (await lookAt(oids, place)).map(({ size }) => size);
}

async function lookAt(oids: readonly Oid[], place: Place): Promise<{ type: ObjectType; size: number }[]> {
  if (oids.length === 0) return [];
  const { stdout } = await runGit(["cat-file", "--batch-check=%(objecttype) %(objectsize)"], {
    ...place,
    input: `${oids.join("\n")}\n`,
  });
  return stdout
    .toString("latin1")
    .trimEnd()
    .split("\n")
    .map((line, index) => {
      const [, type, size] = /^(commit|tree|blob|tag) ([0-9]+)$/.exec(line) ?? [];
      if (size === undefined) throw absent(oids[index] as Oid);
      return { type: type as ObjectType, size: Number(size) };
    });
}

/** Which of the ids Git has no object for. */
export async function absentObjects(oids: readonly Oid[], place: Place): Promise<Set<Oid>> {
  if (oids.length === 0) return new Set();
  const { stdout } = await runGit(["cat-file", "--batch-check=%(objectname)"], {
    ...place,
    input: `${oids.join("\n")}\n`,
  });
  const lines = stdout.toString("latin1").trimEnd().split("\n");
  return new Set(oids.filter((oid, index) => lines[index] !== oid));
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
  const { stdout } = await runGit(["cat-file", "--batch"], { ...place, input: `${oids.join("\n")}\n` });
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
  const { stdout } = await runGit(["cat-file", "--batch-check=%(objecttype) %(objectsize)"], {
    ...place,
    input: `${oid}\n`,
  });
  const [, type, size] = /^(commit|tree|blob|tag) ([0-9]+)$/m.exec(stdout.toString("latin1")) ?? [];
  if (type === undefined) return null;
  return Number(size) > cap
    ? { type: type as ObjectType, bytes: null }
    : ((await readObjects([oid], place))[0] as GitObject);
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
  if (oids.length === 0) return [];
  const { stdout } = await runGit(["cat-file", "--batch-check=%(objectname)"], {
    ...place,
    input: oids.map((oid) => `${oid}^{}\n`).join(""),
  });
  const lines = stdout.toString("latin1").trimEnd().split("\n");
  return oids.map((oid, index) => {
    if (!/^[0-9a-f]{40,64}$/.test(lines[index] ?? "")) throw absent(oid);
    return lines[index] as Oid;
  });
}

/**
 * Files by `COMMIT:PATH`, in the order asked; null for one that is a folder, or larger than `cap` bytes. No path has a
 * line feed. `missing` is asked for what Git does not find: it says the same of an absent path and of a damaged tree.
 */
export async function readPaths(
  names: readonly string[],
  cap: number,
  place: Place & { missing: (index: number) => Promise<void> },
): Promise<(Buffer | null)[]> {
  if (names.length === 0) return [];
  const check = await runGit(["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"], {
    ...place,
    input: `${names.join("\n")}\n`,
  });
  const oids: (Oid | null)[] = [];
  for (const [index, line] of check.stdout.toString("utf8").trimEnd().split("\n").entries()) {
    const [, oid, type, size] = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) ([0-9]+)$/.exec(line) ?? [];
    if (oid === undefined) await place.missing(index);
    oids.push(type === "blob" && Number(size) <= cap ? (oid as Oid) : null);
  }
  const found = (
    await readObjects(
      oids.filter((oid) => oid !== null),
      place,
    )
  ).values();
  return oids.map((oid) => (oid === null ? null : (found.next().value as GitObject).bytes));
}
