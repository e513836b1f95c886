/**
 * Whether each version's tag, package and commit say the same, by own small readers of what docs/format.md describes.
 */
import { parsePointer } from "./checker-formats.ts";
import { type GitObjects, headerOf } from "./checker-git.ts";

const NAME = /^refs\/tags\/([a-z0-9][a-z0-9._-]{0,63})@v([1-9][0-9]{0,8})$/;

interface Files {
  [path: string]: string;
}

/** What is wrong with the versions that tags of the repository name; `hash` is BLAKE3. */
export function checkVersions(objects: GitObjects, repo: string, hash: (bytes: Buffer) => string): string[] {
  const wrong: string[] = [];
  for (const [ref, id] of objects.refs) {
    const [, model, number] = NAME.exec(ref) ?? [];
    if (model === undefined || objects.typeOf(id) !== "tag") continue;
    const message = objects.bytesOf(id).toString("utf8").split("\n\n").slice(1).join("\n\n");
    if (!message.startsWith(`${model} v${number}\n`)) continue;
    for (const each of wrongIn(objects, id, { model, number: number as string, message, hash }))
      wrong.push(`${repo}: ${model}@v${number}: ${each}`);
  }
  return wrong;
}

function* wrongIn(
  objects: GitObjects,
  tag: string,
  said: { model: string; number: string; message: string; hash(bytes: Buffer): string },
): Generator<string> {
  const commit = objects.commitOf(tag);
  if (commit === null) return yield "its tag stands on no commit";
  const files: Files = {};
  for (const { path, mode, id } of objects.filesOf(objects.treeOf(commit), commit)) files[path] = `${mode} ${id}`;
  const bytesAt = (path: string): Buffer | null =>
    files[path] === undefined ? null : objects.bytesOf((files[path] as string).split(" ")[1] as string);
  const bytes = bytesAt(`.mvgit/models/${said.model}.yaml`);
  if (bytes === null) return yield "its commit has no package";
  const text = bytes.toString("utf8");
  if (!said.message.includes(`\npackage: ${said.hash(bytes)}\n`)) yield "its tag names another package";
  if (headerOf(objects.bytesOf(tag), "tag")[0] !== `${said.model}@v${said.number}`)
    yield "its tag object has another name";
  if (wrongFormat(text)) yield "its package has not the keys of its format";
  for (const [key, value] of [
    ["model", JSON.stringify(said.model)],
    ["version", said.number],
  ]) {
    if (!text.includes(`\n${key}: ${value}\n`)) yield `its package says another ${key}`;
  }
  for (const part of [...itemsOf(text, "\ndata:\n"), ...itemsOf(text, "\nweights:\n")]) {
    const pointer = parsePointer(bytesAt(`${part["path"]}.mvgit`) ?? Buffer.alloc(0));
    const same =
      pointer?.hash === part["blake3"] && pointer?.size === part["size"] && pointer?.files === (part["files"] ?? null);
    if (!same) yield `its package says ${JSON.stringify(part)}, its pointer ${JSON.stringify(pointer)}`;
  }
  yield* wrongTree(objects, text, files);
}

/** Format 2 says of a run how it ended and of each setting where it came from; format 1 says neither. */
function wrongFormat(text: string): boolean {
  const isNew = text.startsWith("mvgit: 2\n");
  const namesOf = (key: string): string =>
    (new RegExp(`\n${key}:\n((?:  .*\n)+)`).exec(text)?.[1] ?? "").replaceAll(/: (?:"(?:[^"\\]|\\.)*"|[^"\n]*)$/gm, "");
  const hasEnd = /\n {2}changedInputs:(?: \[\]\n|\n(?: {4}- .*\n)*) {2}status: [0-9]+\n {2}id: /.test(text);
  if (!isNew) return !text.startsWith("mvgit: 1\n") || hasEnd || /\norigins:/.test(text);
  return hasEnd === text.includes("\nrun: null\n") || namesOf("origins") !== namesOf("params");
}

/** The commit with every output put back is the tree that the version began with, where this clone has that. */
function* wrongTree(objects: GitObjects, text: string, files: Files): Generator<string> {
  const tree = /\ncode:\n {2}tree: "([0-9a-f]+)"\n/.exec(text)?.[1] ?? "";
  if (objects.typeOf(tree) !== "tree") return;
  const before: Files = { ...files };
  for (const { path, before: id, mode } of itemsOf(text, "\n  outputs:\n")) {
    if (id === null) delete before[path as string];
    else before[path as string] = `${String(mode)} ${String(id)}`;
  }
  const began: Files = {};
  for (const { path, mode, id } of objects.filesOf(tree, tree)) began[path] = `${mode} ${id}`;
  for (const path of new Set([...Object.keys(before), ...Object.keys(began)])) {
    if (before[path] !== began[path]) yield `'${path}' differs from the tree that it began with, and is no output`;
  }
}

/** The items of a sequence of mappings whose values are JSON scalars. */
function itemsOf(text: string, heading: string): Record<string, unknown>[] {
  const at = text.indexOf(heading);
  if (at < 0) return [];
  const items: Record<string, unknown>[] = [];
  for (const line of text.slice(at + heading.length).split("\n")) {
    const [, , dash, key, value] = /^( +)(- | {2})([a-z0-9]+): (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) break;
    if (dash === "- ") items.push({});
    (items.at(-1) as Record<string, unknown>)[key] = JSON.parse(value);
  }
  return items;
}
