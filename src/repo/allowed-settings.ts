/** Which settings a repository may set for whoever clones it. */
import { isOwnPart, REMOTE_PARTS } from "../store/drivers.ts";
import { ALLOW_KEY, remotePart } from "../values/settings.ts";

/** Whether the committed file may set this without the user's consent, where it is no part of a remote. */
export function isAllowedInRepository({ key }: { key: string }): boolean {
  if (/^mvgit\.(remote|maxfilesize|maxnewfiles|maxcommitsize|outputs|encoding|repository)$/.test(key)) return true;
  if (/^mvgit\.stage\..+\.[a-z]+$/.test(key) || key === "mvgit.audit.requiresigned") return true;
  return /^mvgit-remote\..+\.encoding$/.test(key);
}

/** Whether it counts only in Git's own configuration, with consent or without. */
export function isNeverCommitted(key: string): boolean {
  return key === ALLOW_KEY || isOwnPart(remotePart(key, REMOTE_PARTS)?.part ?? "");
}
