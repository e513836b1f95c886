/** `mvgit checkout --ours` and `--theirs`: one side of an unfinished merge becomes the pointer. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { formatPointer, readPointer } from "../../model/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, select, type Tracked } from "../../repo/tracked.ts";

/** Writes the chosen side's pointer and stages it, as `git checkout --ours` and `git add` would. */
export async function chooseSide(repo: Repo, typed: readonly string[], side: "ours" | "theirs"): Promise<void> {
  const tracked = typed.length > 0 ? await select(repo, typed) : await listTracked(repo);
  const unmerged = tracked.filter((each) => each.indexOid === null && each.reading.kind !== "sparse");
  const marked = tracked.filter((each) => each.indexOid !== null && each.reading.kind === "conflicted");
  if (unmerged.length + marked.length === 0) {
    throw new MvgitError("not-tracked", "no pointer is conflicted here", { hint: "'--ours' and '--theirs' are for an unfinished merge; 'mvgit status' shows conflicts" });
  }
  const paths = unmerged.map((each) => each.pointerPath);
  if (paths.length > 0) await repo.git.run(["--literal-pathspecs", "checkout", `--${side}`, "--", ...paths]);
  for (const each of marked) repo.changeText(each.pointerPath, (read) => sideIn(each, read(), side));
  await repo.git.stage([...paths, ...marked.map((each) => each.pointerPath)]);
}

/** Of a pointer that was staged with its markers, from which Git no longer knows the sides. */
function sideIn({ pointerPath }: Tracked, text: string | null, side: "ours" | "theirs"): string {
  const reading = readPointer(Buffer.from(text ?? ""));
  const pointer = reading.kind === "conflicted" ? reading[side] : undefined;
  if (pointer) return formatPointer(pointer);
  const name = display(pointerPath);
  throw new MvgitError("pointer-conflicted", `'${name}' has markers of a conflict, and its side '${side}' cannot be read`, { subject: name, hint: `take it from a commit: 'git checkout HEAD -- ${name}', or MERGE_HEAD for the other side` });
}
