/** Which settings a repository may set for whoever clones it. */
import { isPlainBucket } from "../store/drivers.ts";

/** Whether the committed file may set this without the user's consent. */
export function isAllowedInRepository({ key, value }: { key: string; value: string }): boolean {
  if (/^mvgit\.(remote|maxfilesize|maxnewfiles|maxcommitsize|outputs|encoding|repository)$/.test(key)) return true;
  if (/^mvgit\.stage\..+\.[a-z]+$/.test(key) || key === "mvgit.audit.requiresigned") return true;
  if (/^mvgit-remote\..+\.encoding$/.test(key)) return true;
  return /^mvgit-remote\..+\.url$/.test(key) && isPlainBucket(value);
}
