/** What keeps a path from being weights, by code, and is no reason to lose a version: it is noted. */
export const REFUSALS: ReadonlySet<string> = new Set([
  "name-clash",
  "unsafe-path",
  "link-refused",
  "local-changes",
  "cannot-add",
  "already-tracked",
  "not-supported",
]);
