/** Refs and annotated tags, made by the git program so that the user's identity, signature and clock apply. */
import { MvgitError } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import { display } from "../base/paths.ts";
import type { GitProgram } from "./program.ts";
import { looseRef } from "./program/loose-ref.ts";
import { DURABLE } from "./run.ts";
import type { Oid } from "./reader.ts";

/** Makes a tag on a commit; durable. `name`: without `refs/tags/`. Throws `git-failed`, also when the name is taken. */
export async function createTag(git: GitProgram, name: string, tag: { commit: Oid; message: string }): Promise<Oid> {
  step("git tag", name);
  await git.run([...DURABLE, "tag", "--annotate", "--cleanup=verbatim", "--file=-", name, tag.commit], {
    input: tag.message,
  });
  const ref = `refs/tags/${name}`;
  const known = looseRef(ref, git.place);
  if (known !== null) return known;
  const { stdout } = await git.run(["rev-parse", "--verify", ref]);
  return stdout.toString("latin1").trim() as Oid;
}

/** Gives a ref to an object, unless the ref has another one already: false then. */
export async function claimRef(git: GitProgram, ref: string, oid: Oid): Promise<boolean> {
  step("git update-ref", ref);
  const { status } = await git.run([...DURABLE, "update-ref", "--no-deref", ref, oid, "0".repeat(oid.length)], {
    answers: [0, 1, 128],
  });
  return status === 0 || (await standsOn(git, ref)) === oid;
}

/** Lets a ref stand on an object; with `from` only if it stands on that one now. `why` is for its log. */
export async function moveRef(
  git: GitProgram,
  { ref, to, from, why }: { ref: string; to: Oid; from?: Oid; why: string },
): Promise<void> {
  step("git update-ref", ref);
  await git.run([...DURABLE, "update-ref", "-m", why, ref, to, ...(from === undefined ? [] : [from])]);
}

/** Lets a ref stand on an object, whatever it stood on; a symbolic one is replaced, not followed. */
export async function setRef(git: GitProgram, ref: string, oid: Oid): Promise<void> {
  step("git update-ref", ref);
  await git.run([...DURABLE, "update-ref", "--no-deref", ref, oid]);
}

/**
 * Removes a ref if it stands on that object; an absent one, or one that stands elsewhere, is fine. Throws `git-failed`
 * while it stays.
 */
export async function dropRef(git: GitProgram, ref: string, oid: Oid): Promise<void> {
  step("git update-ref -d", ref);
  const { status, words } = await git.run(["update-ref", "--no-deref", "-d", ref, oid], { answers: [0, 1, 128] });
  if (status === 0 || (await standsOn(git, ref)) !== oid) return;
  throw new MvgitError("git-failed", `cannot remove '${display(ref)}': ${display(words.trim())}`, {
    subject: display(ref),
    hint: "run the command again when no other git is at work here",
  });
}

async function standsOn(git: GitProgram, ref: string): Promise<Oid | null> {
  const known = looseRef(ref, git.place);
  if (known !== null) return known;
  const { stdout, status } = await git.run(["rev-parse", "--verify", "--quiet", ref], { answers: [0, 1] });
  return status === 0 ? (stdout.toString("latin1").trim() as Oid) : null;
}
