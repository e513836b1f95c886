/**
 * Every change of the disk that mvgit makes goes through here: one step each, so that a fault can be placed at it.
 * Those that are no steps are in `disk/no-step.ts` and `disk/signs.ts`, each with its reason.
 * `test/architecture/claims.test.ts` holds this.
 *
 * Node's system errors pass through unchanged, but where a function says that it throws MvgitErrors; callers turn them
 * into such with `fromSystem`.
 */
export { cloneFile, copyFile, copyTree } from "./disk/copy.ts";
export {
  appendToFile,
  createFile,
  openToAppend,
  openToChange,
  writeAll,
  writeAt,
  writeBeginning,
  writeNewFile,
  writeStream,
} from "./disk/files.ts";
export { flushBytesSoon, flushFile, flushFolder } from "./disk/flush.ts";
export { flushBytes, flushFiles, flushFileSystem, flushTree } from "./disk/flush-many.ts";
export { makeFolder, makeLink, makeOneFolder, makePrivateFolder } from "./disk/folders.ts";
export { setMode, setOpenMode, setTimes } from "./disk/marks.ts";
export { moveAcross } from "./disk/move-across.ts";
export { claimName, linkFile, linkNew, moveFile, moveOver, moveToFree, nameBeside } from "./disk/names.ts";
export { appendByTimer, discard, discardTree, settleBytes, stampNew, tryTo } from "./disk/no-step.ts";
export { openRegular, readOwnText, readRegularUpTo, readUpTo } from "./disk/read.ts";
export { removeEmptyFolder, removeFile, removeLockedTree, removeTree } from "./disk/remove.ts";
export { replaceFile, replaceLink, replaceVia } from "./disk/replace.ts";
export { fallsShort, lacksRights, type Rights, rightsBelow, shareWritten } from "./disk/sharing.ts";
export { beat, giveSign, startBeating } from "./disk/signs.ts";
