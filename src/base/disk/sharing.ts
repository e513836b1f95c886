/**
 * Folders that several users write: a top folder that its group (or everybody) may write is shared, whatever the umask
 * of whoever makes something below it says, as `core.sharedRepository` does for Git.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../errors.ts";

/** What a top folder gives to all below it. */
export interface Rights {
  /** What folders below the top have at least; 0 where it is nobody else's. */
  folders: number;
  /** What files have at least: to be read by those who may write the top. */
  files: number;
  group: number;
}

const known = new Map<string, Rights>();

function rightsOf(top: string): Rights {
  let rights = known.get(top);
  if (rights === undefined) known.set(top, (rights = lookUp(top)));
  return rights;
}

function lookUp(top: string): Rights {
  const found = fs.statSync(top, { throwIfNoEntry: false });
  return found ? rightsBelow(found) : NOBODYS;
}

const NOBODYS: Rights = { folders: 0, files: 0, group: -1 };

/** The rights of what is made below a folder of this mode and group. */
export function rightsBelow({ mode, gid }: { mode: number; gid: number }): Rights {
  if ((mode & 0o022) === 0) return NOBODYS;
  const group = (mode & 0o020) === 0 ? 0 : 0o2000 | (mode & 0o070);
  const others = (mode & 0o002) === 0 ? 0 : mode & 0o1007;
  return { folders: group | others, files: (group | others) & 0o044, group: gid };
}

/** Gives the new folders from `first` down to `last` the rights of `top`. */
export function shareFolders(first: string, last: string, top: string): void {
  const { folders, group } = rightsOf(top);
  if (folders === 0) return;
  for (let folder = last; folder.length >= first.length; folder = dirname(folder)) {
    tolerant(() => {
      const found = fs.statSync(folder);
      if (found.gid !== group) fs.chownSync(folder, -1, group);
      fs.chmodSync(folder, (found.mode & 0o7777) | folders);
    });
    if (dirname(folder) === folder) return;
  }
}

/** True for a folder below a shared `top` in which not everybody can write who can in `top`. */
export function lacksRights(folder: string, top: string): boolean {
  const rights = rightsOf(top);
  const found = rights.folders === 0 ? undefined : fs.statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && fallsShort(found, rights);
}

/** Whether a folder of this mode and group has less than it must. */
export function fallsShort({ mode, gid }: { mode: number; gid: number }, { folders, group }: Rights): boolean {
  const others = folders & 0o007;
  return (folders & 0o020) !== 0
    ? (mode & folders & 0o077) !== (folders & 0o077) || gid !== group
    : (mode & others) !== others;
}

/** As `shareFile`, of a file that is written already. */
export function shareWritten(file: string, top: string): void {
  const { files } = rightsOf(top);
  if (files !== 0) tolerant(() => fs.chmodSync(file, (fs.statSync(file).mode & 0o7777) | files));
}

/** Lets a new file be read by all who share `top`. */
export function shareFile(fd: number, mode: number, top: string): void {
  const { files } = rightsOf(top);
  // A mode of its owner's alone is meant so.
  if (files !== 0 && (mode & 0o044) !== 0) tolerant(() => fs.fchmodSync(fd, (fs.fstatSync(fd).mode & 0o7777) | files));
}

/** Who may not set rights (another user's folder, a file system without any) leaves them as they are. */
function tolerant(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!["EPERM", "EACCES", "ENOTSUP", "ENOSYS", "EINVAL", "EROFS"].includes(systemCode(error) ?? "")) throw error;
  }
}
