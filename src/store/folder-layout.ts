/** What lies in the folder of a remote beside its objects: the same on this machine and on a server. */

/** Files under way, as `TemporaryFolder` names them. */
export const TEMPORARY = "tmp";
/** What stood in an object's place and may be somebody's. */
export const DISPLACED = "damaged";

/** Whether a name at the top is none of an object or of a folder of objects. */
export function isBeside(name: string): boolean {
  return name === TEMPORARY || name === DISPLACED;
}
