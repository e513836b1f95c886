/** Where in a bucket a remote begins, as addresses name it. */

/** What clouds or their tools give a meaning of their own, and what no terminal shows. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f#?*[\]\\\p{Surrogate}]/u;
/** Clouds allow names of 1,024 bytes; the layout of a remote needs some of them. */
const LONGEST = 800;

/** What `isPrefix` holds for, in a sentence. */
export const PREFIX_RULE = "a prefix has no empty part, no '.' or '..', and none of # ? * [ ] \\";

/** Without a slash at either end; "" for a whole bucket. */
export function isPrefix(prefix: string): boolean {
  if (prefix === "") return true;
  if (UNSAFE.test(prefix) || Buffer.byteLength(prefix) > LONGEST) return false;
  return prefix.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
