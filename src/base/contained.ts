/** Files below one folder, read without following any link: what a stranger's folder holds may lead anywhere. */
import * as fs from "node:fs";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";
import { display } from "./paths.ts";

const READ_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
const ABSENT = ["ENOENT", "ENOTDIR"];

/** One folder that is read, and what is below it. Throws MvgitErrors for what cannot be read. */
export class Contained {
  /** Absolute, and without a link in it. */
  readonly root: string;
  /** Links that were met and left alone, relative to the root. */
  readonly links = new Set<string>();

  /** `folder` itself may be named by links. Throws a system error where it is absent. */
  constructor(folder: string) {
    this.root = fs.realpathSync(folder);
  }

  /** What a folder holds; nothing where there is none. Links in it are left out, and remembered. */
  entries(path: string): fs.Dirent[] {
    if (!this.isPlain(path)) return [];
    try {
      const all = fs.readdirSync(join(this.root, path), { withFileTypes: true });
      for (const each of all)
        if (each.isSymbolicLink()) this.links.add(path === "" ? each.name : `${path}/${each.name}`);
      return all.filter((each) => !each.isSymbolicLink());
    } catch (error) {
      if (ABSENT.includes(systemCode(error) ?? "")) return [];
      throw fromSystem(error, `read '${display(join(this.root, path))}'`, display(path));
    }
  }

  /** A regular file's bytes, of more than `cap` only `cap + 1`; null where there is none. */
  read(path: string, cap: number): Buffer | null {
    if (!this.isPlain(path)) return null;
    const file = join(this.root, path);
    let fd: number;
    try {
      fd = fs.openSync(file, READ_FLAGS);
    } catch (error) {
      if ([...ABSENT, "ELOOP"].includes(systemCode(error) ?? "")) return null;
      throw fromSystem(error, `read '${display(file)}'`, display(path));
    }
    try {
      return fs.fstatSync(fd).isFile() ? readStart(fd, cap) : null;
    } catch (error) {
      throw fromSystem(error, `read '${display(file)}'`, display(path));
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Whether something stands there, and no link on the way to it, nor in its own place. */
  isPlain(path: string): boolean {
    const names = path.split(/[\\/]/).filter((name) => name !== "");
    const link = names.map((_, at) => join(...names.slice(0, at + 1))).find((each) => isLink(join(this.root, each)));
    if (link === undefined) return stands(join(this.root, path));
    this.links.add(link);
    return false;
  }
}

function isLink(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    if (ABSENT.includes(systemCode(error) ?? "")) return false;
    throw fromSystem(error, `look at '${display(file)}'`, display(file));
  }
}

function stands(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function readStart(fd: number, cap: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.min(cap + 1, Math.max(fs.fstatSync(fd).size + 1, 4096)));
  let length = 0;
  for (let got = -1; got !== 0 && length < buffer.length; length += got)
    got = fs.readSync(fd, buffer, length, buffer.length - length, null);
  return buffer.subarray(0, length);
}
