/** Many objects read through one `git cat-file`. */
import { type Environment, runGit } from "./run.ts";
import type { GitObject } from "./objects.ts";
import type { ObjectType, Oid } from "./reader.ts";
import { MvgitError } from "../base/errors.ts";

interface Place {
  cwd: string;
  env: Environment;
}

/** Sizes in bytes, in the order asked. An absent object throws `git-failed`. */
export async function objectSizes(oids: readonly Oid[], place: Place): Promise<number[]> {
  if (oids.length === 0) return [];
  const { stdout } = await runGit(["cat-file", "--batch-check=%(objectname) %(objectsize)"], { ...place, input: `${oids.join("\n")}\n` });
  return stdout.toString("latin1").trimEnd().split("\n").map((line, index) => {
    const size = /^[0-9a-f]+ ([0-9]+)$/.exec(line)?.[1];
    if (size === undefined) throw absent(oids[index] as Oid);
    return Number(size);
  });
}

/** Objects of any type in the order asked, whole. An absent one throws `git-failed`. */
export async function readTyped(oids: readonly Oid[], place: Place): Promise<GitObject[]> {
  if (oids.length === 0) return [];
  const { stdout } = await runGit(["cat-file", "--batch"], { ...place, input: `${oids.join("\n")}\n` });
  let position = 0;
  return oids.map((oid) => {
    const end = stdout.indexOf(10, position);
    const match = /^[0-9a-f]+ (commit|tree|blob|tag) ([0-9]+)$/.exec(stdout.toString("latin1", position, end));
    if (!match) throw absent(oid);
    const size = Number(match[2]);
    position = end + 2 + size;
    return { type: match[1] as ObjectType, bytes: stdout.subarray(end + 1, end + 1 + size) };
  });
}

/** Files by `COMMIT:PATH`, in the order asked; null for one that is absent, no file, or larger than `cap` bytes. No path has a line feed. */
export async function readPaths(names: readonly string[], cap: number, place: Place): Promise<(Buffer | null)[]> {
  if (names.length === 0) return [];
  const check = await runGit(["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"], { ...place, input: `${names.join("\n")}\n` });
  const oids = check.stdout.toString("utf8").trimEnd().split("\n").map((line) => {
    const match = /^([0-9a-f]{40,64}) blob ([0-9]+)$/.exec(line);
    return match && Number(match[2]) <= cap ? (match[1] as Oid) : null;
  });
  const objects = await readTyped(oids.filter((oid) => oid !== null), place);
  let at = 0;
  return oids.map((oid) => (oid === null ? null : (objects[at++] as GitObject).bytes));
}

/** Blobs in the order asked, null for one above `cap` bytes, which is not read. */
export async function readObjects(oids: readonly Oid[], cap: number, place: Place): Promise<(Buffer | null)[]> {
  const sizes = await objectSizes(oids, place);
  const small = oids.filter((_, index) => (sizes[index] as number) <= cap);
  if (small.length === 0) return oids.map(() => null);
  const { stdout } = await runGit(["cat-file", "--batch"], { ...place, input: `${small.join("\n")}\n` });
  let position = 0;
  const next = (oid: Oid): Buffer => {
    const end = stdout.indexOf(10, position);
    const size = /^[0-9a-f]+ blob ([0-9]+)$/.exec(stdout.toString("latin1", position, end))?.[1];
    if (size === undefined) throw absent(oid);
    const bytes = stdout.subarray(end + 1, end + 1 + Number(size));
    position = end + 2 + Number(size);
    return bytes;
  };
  return oids.map((oid, index) => ((sizes[index] as number) <= cap ? next(oid) : null));
}

function absent(oid: Oid): MvgitError {
  return new MvgitError("git-failed", `Git does not have object ${oid.slice(0, 10)}, or it is not a file`, {
    subject: oid,
    hint: "run 'git fsck', or 'git fetch' in a partial clone",
  });
}

