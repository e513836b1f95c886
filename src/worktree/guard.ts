/** Keeps what mvgit writes inside the work tree, whatever links lie on the way. */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeOneFolder } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display, parentOf, type RepoPath } from "../base/paths.ts";
import { type HeldBack, heldErrors } from "./held-back.ts";
import { look } from "./stamp.ts";

/**
 * Answers for folders below one top whether they are real ones. What it found is remembered until the event loop turns,
 * so that many questions asked at once cost little and none is answered by what was true before a wait.
 */
export class Guard {
  readonly top: string;
  /**
   * The cache's folder of blobs: links into it, as `mvgit.link = symlink` makes them, count as the files they point to.
   */
  readonly blobs: string;
  readonly #heldBack: HeldBack | null;
  readonly #known = new Map<string, boolean>([["", true]]);
  #isForgetting = false;

  /** `top`: the work tree's top level, or any folder below which everything must stay; itself trusted. */
  constructor(top: string, blobs: string, heldBack: HeldBack | null = null) {
    this.top = top;
    this.blobs = blobs;
    this.#heldBack = heldBack;
  }

  /**
   * Who would run a path's file, or read it as settings, for its name: then bytes of a store never go there. Null for
   * what is only content.
   */
  readerOf(path: RepoPath): string | null {
    return this.#heldBack?.readerOf(path) ?? null;
  }

  /** Whether the user's own configuration lets the path through by name. */
  isAllowed(path: RepoPath): boolean {
    return this.#heldBack?.isAllowed(path) ?? false;
  }

  /** To be called before bytes of a store go to a path. Throws `unsafe-path` for what is held back. */
  admit(path: RepoPath): void {
    const reader = this.readerOf(path);
    if (reader !== null) throw heldErrors([{ path, reader, clash: null }])[0] as MvgitError;
  }

  /** The file's place on this system, after its parent folders were found to be real folders (or absent). */
  resolve(path: RepoPath): string {
    this.#isFolder(parentOf(path), path);
    return join(this.top, path);
  }

  /** As `resolve`, and makes the parent folders that are absent. */
  resolveForWriting(path: RepoPath): string {
    this.#make(parentOf(path), path);
    return join(this.top, path);
  }

  /**
   * As `resolveForWriting`, for a text that is read and then replaced (`.gitignore`): refuses a link in its place,
   * which could bring a private file's text into the repository. Git does not follow such links either.
   */
  resolveText(path: RepoPath): string {
    const file = this.resolveForWriting(path);
    if (look(file)?.kind !== "link") return file;
    throw new MvgitError("link-refused", `cannot use '${display(path)}': it is a symbolic link`, {
      subject: display(path),
      hint: "replace the link by a real file, then run the command again",
    });
  }

  /**
   * True when the folder is there; false when it, or one above it, is absent. Throws for a link, a file, a `.git`
   * inside.
   */
  #isFolder(folder: string, path: RepoPath): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const there = this.#isFolder(parentOf(folder), path) && this.#look(folder, path);
    this.#known.set(folder, there);
    this.#forgetSoon();
    return there;
  }

  #forgetSoon(): void {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    setImmediate(() => {
      this.#isForgetting = false;
      this.#known.clear();
      this.#known.set("", true);
    }).unref();
  }

  #look(folder: string, path: RepoPath): boolean {
    const found = look(join(this.top, folder));
    if (found === null) return false;
    if (found.kind === "link") {
      throw new MvgitError("link-refused", `cannot use '${display(path)}': '${display(folder)}' is a symbolic link`, {
        subject: display(folder),
        hint: `replace the link by a real folder, then run the command again`,
      });
    }
    if (found.kind !== "folder") {
      throw new MvgitError("local-changes", `cannot use '${display(path)}': '${display(folder)}' is a file`, {
        subject: display(folder),
        hint: `move '${display(folder)}' away, then run the command again`,
      });
    }
    if (fs.existsSync(join(this.top, folder, ".git"))) {
      throw new MvgitError(
        "cannot-add",
        `cannot use '${display(path)}': '${display(folder)}' is a repository of its own`,
        { subject: display(folder), hint: `run mvgit inside '${display(folder)}'` },
      );
    }
    return true;
  }

  #make(folder: string, path: RepoPath): void {
    if (this.#isFolder(folder, path)) return;
    this.#make(parentOf(folder), path);
    try {
      makeOneFolder(join(this.top, folder));
    } catch (error) {
      throw fromSystem(error, `make the folder '${display(folder)}'`, display(folder));
    }
    this.#known.delete(folder);
    this.#isFolder(folder, path);
  }
}
