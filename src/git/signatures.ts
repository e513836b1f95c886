/** Signatures of tags, verified by git with the keys and the trust that the user has set up. */
import { inGroups } from "../base/tasks.ts";
import type { GitProgram } from "./program.ts";
import type { Oid } from "./reader.ts";

/**
 * `bad`: it does not fit, or its key is expired or revoked. `unknown`: nobody knows the key here. `unchecked`: git has
 * nothing to verify it with.
 */
export interface Doubt {
  oid: Oid;
  state: "bad" | "unknown" | "unchecked";
  /** Git's own words. */
  words: string;
}

/** Tags given to one git. */
const GROUP = 500;
/** Tags told singly: each costs a process, and so many say enough. */
const MOST = 100;

/**
 * The tags whose signatures are not good, in order. Good ones cost one git for hundreds, and what it starts for each.
 * `checked` is less than all where there were too many doubts to go on.
 */
export async function doubtfulTags(
  git: GitProgram,
  oids: readonly Oid[],
): Promise<{ doubts: Doubt[]; checked: number }> {
  const doubts: Doubt[] = [];
  let checked = 0;
  const verify = async (group: readonly Oid[]): Promise<void> => {
    if (group.length === 0 || doubts.length >= MOST) return;
    const { status, words } = await git.run(["verify-tag", "--raw", ...group], { answers: [0, 1, 128] });
    if (status !== 0 && group.length > 1) {
      const middle = Math.ceil(group.length / 2);
      await verify(group.slice(0, middle));
      return verify(group.slice(middle));
    }
    checked += group.length;
    if (status !== 0) doubts.push({ oid: group[0] as Oid, state: stateOf(words), words: words.trim() });
  };
  for await (const group of inGroups(oids, GROUP)) await verify(group);
  return { doubts, checked };
}

function stateOf(words: string): Doubt["state"] {
  if (/allowedSignersFile needs to be configured|cannot run |cannot exec|No such file or directory/.test(words))
    return "unchecked";
  if (/\bBADSIG\b|verification failed|incorrect signature|Could not verify signature/i.test(words)) return "bad";
  return /NO_PUBKEY|No principal matched/.test(words) ? "unknown" : "bad";
}
