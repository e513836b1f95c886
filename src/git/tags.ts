/** Annotated tags, made by the git program so that the user's identity, signature and clock apply. */
import type { GitProgram } from "./program.ts";
import type { Oid } from "./reader.ts";

/** Makes a tag on a commit; durable. `name`: without `refs/tags/`. Throws `git-failed`, also when the name is taken. */
export async function createTag(git: GitProgram, name: string, tag: { commit: Oid; message: string }): Promise<Oid> {
  await git.run(["-c", "core.fsync=committed", "tag", "--annotate", "--cleanup=verbatim", "--file=-", name, tag.commit], { input: tag.message });
  const { stdout } = await git.run(["rev-parse", "--verify", `refs/tags/${name}`]);
  return stdout.toString("latin1").trim() as Oid;
}

/** Gives a ref to an object, unless the ref has another one already: false then. */
export async function claimRef(git: GitProgram, ref: string, oid: Oid): Promise<boolean> {
  const { status } = await git.run(["update-ref", "--no-deref", ref, oid, "0".repeat(oid.length)], { answers: [0, 1, 128] });
  if (status === 0) return true;
  return (await git.run(["rev-parse", "--verify", "--quiet", ref], { answers: [0, 1] })).stdout.toString("latin1").trim() === oid;
}

/** Removes a ref if it stands on that object; an absent one is fine. */
export async function dropRef(git: GitProgram, ref: string, oid: Oid): Promise<void> {
  await git.run(["update-ref", "--no-deref", "-d", ref, oid], { answers: [0, 1, 128] });
}
