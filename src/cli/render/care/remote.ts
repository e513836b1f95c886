/** A remote that has just got its name, in words. */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { AddedRemote } from "../../../care/remote.ts";

/** `more`: goes on with the first line. */
export function addedLines({ name, url, settings, made, needsConsent }: AddedRemote, more = ""): string[] {
  const parts = Object.entries(settings).map(([part, value]) => `, ${part} ${display(value)}`);
  const line = `remote '${name}' is ${display(url)}${parts.join("")}${made ? ", a new folder" : ""}${more}`;
  const consent = prose`whoever clones the repository accepts this remote once with 'mvgit trust', since it is more than
    a bucket of a known cloud`;
  return needsConsent ? [line, consent] : [line];
}
