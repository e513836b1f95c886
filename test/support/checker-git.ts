/** All objects of a repository by one `git cat-file`, walked here. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

interface GitObject {
  type: string;
  bytes: Buffer;
}

/** A file that a commit or the index names. */
export interface NamedFile {
  path: string;
  mode: string;
  id: string;
  /** A commit's id, or `the index`. */
  where: string;
}

/** What Git reads must not depend on who runs the tests, nor on what a test put into the repository's settings. */
const ENV = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "safe.directory",
  GIT_CONFIG_VALUE_0: "*",
};

function git(repo: string, args: readonly string[]): Buffer {
  return execFileSync("git", ["-C", repo, ...args], {
    env: ENV,
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Everything in the object database, refs, HEAD, and the index where there is one. */
export function readObjects(repo: string): GitObjects {
  const refs = git(repo, ["for-each-ref", "--format=%(objectname) %(refname)"]).toString().split("\n").filter(Boolean);
  const objects = new Map<string, GitObject>();
  const dump = git(repo, ["cat-file", "--batch-all-objects", "--unordered", "--batch"]);
  for (let at = 0; at < dump.length;) {
    const end = dump.indexOf(10, at);
    const [id = "", type = "", size = "0"] = dump.subarray(at, end).toString().split(" ");
    objects.set(id, { type, bytes: dump.subarray(end + 1, end + 1 + Number(size)) });
    at = end + 2 + Number(size);
  }
  const index = fs.existsSync(join(repo, ".git")) ? git(repo, ["ls-files", "--stage", "-z"]).toString() : "";
  return new GitObjects(repo, objects, refs, index);
}

export class GitObjects {
  readonly repo: string;
  /** By name: the id that it holds. */
  readonly refs: ReadonlyMap<string, string>;
  readonly #objects: ReadonlyMap<string, GitObject>;
  readonly #index: string;

  constructor(repo: string, objects: ReadonlyMap<string, GitObject>, refs: readonly string[], index: string) {
    this.repo = repo;
    this.#objects = objects;
    this.refs = new Map(refs.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
    this.#index = index;
  }

  typeOf(id: string): string | null {
    return this.#objects.get(id)?.type ?? null;
  }

  bytesOf(id: string): Buffer {
    const found = this.#objects.get(id);
    if (found === undefined) throw new Error(`${this.repo}: no object ${id}`);
    return found.bytes;
  }

  /** The commit that an annotated tag, or a tag of a tag, stands on; null where it is no commit. */
  commitOf(id: string): string | null {
    const type = this.typeOf(id);
    if (type !== "tag") return type === "commit" ? id : null;
    return this.commitOf(headerOf(this.bytesOf(id), "object")[0] ?? "");
  }

  treeOf(commit: string): string {
    return headerOf(this.bytesOf(commit), "tree")[0] as string;
  }

  /**
   * Every file of every commit that a ref reaches, and of the index; files of a tree that was met before are left out.
   */
  *files(): Generator<NamedFile> {
    const commits = new Set<string>();
    const waiting = [...this.refs.values()].map((id) => this.commitOf(id)).filter((id) => id !== null);
    const trees = new Set<string>();
    for (let commit = waiting.pop(); commit !== undefined; commit = waiting.pop()) {
      // What a shallow clone lacks is not its own to hold.
      if (commits.has(commit) || this.typeOf(commit) === null) continue;
      commits.add(commit);
      waiting.push(...headerOf(this.bytesOf(commit), "parent"));
      yield* this.filesOf(this.treeOf(commit), commit, "", trees);
    }
    for (const line of this.#index.split("\0").filter(Boolean)) {
      const [mode = "", id = ""] = line.split(" ");
      if (this.typeOf(id) === "blob") yield { path: line.slice(line.indexOf("\t") + 1), mode, id, where: "the index" };
    }
  }

  /** The files of a tree; `seen`: trees that are left out, and then added to. */
  *filesOf(tree: string, where: string, prefix = "", seen?: Set<string>): Generator<NamedFile> {
    if (seen?.has(tree) === true || this.typeOf(tree) === null) return;
    seen?.add(tree);
    const bytes = this.bytesOf(tree);
    const width = tree.length / 2;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(0, at);
      const head = bytes.subarray(at, end).toString("utf8");
      const mode = head.slice(0, head.indexOf(" "));
      const path = prefix + head.slice(head.indexOf(" ") + 1);
      const id = bytes.subarray(end + 1, end + 1 + width).toString("hex");
      at = end + 1 + width;
      if (mode === "40000") yield* this.filesOf(id, where, `${path}/`, seen);
      else if (this.typeOf(id) === "blob") yield { path, mode, id, where };
    }
  }
}

/** The values of one key in the head of a commit or tag. */
export function headerOf(bytes: Buffer, key: string): string[] {
  const head = bytes.toString("utf8").split("\n\n", 1)[0] as string;
  return head
    .split("\n")
    .filter((line) => line.startsWith(`${key} `))
    .map((line) => line.slice(key.length + 1));
}
