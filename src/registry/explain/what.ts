/** What a text means to `explain`: one meaning is tried after the other. */
import { type Hash, parseHash } from "../../values/hash.ts";
import {
  ambiguous,
  bytesWord,
  commitWord,
  emptied,
  meaningless,
  readHashText,
  readLabelText,
  readMoveText,
  shownBytes,
  shownCommit,
  sourceWord,
} from "../../values/explain-text.ts";
import type { Found } from "../../values/found.ts";
import { formatLabel } from "../../values/label.ts";
import { readChain, stageName } from "../chain.ts";
import type { Look } from "../look.ts";
import { resolve } from "../resolve.ts";
import { bytesMatches, hashesStarting, sourceMatches } from "./by-bytes.ts";
import { commitMatches, commitNamed } from "./by-commit.ts";

/** Throws `usage` for what has no meaning, and where it may mean several things. */
export async function findNamed(look: Look, text: string): Promise<Found> {
  const tried: Found[] = [];
  const besides = await look.means.finders?.();
  for (const find of [asMove, asVersionLabel, ...(besides?.finders ?? []), asHash, asCommit]) {
    const found = await find(look, text);
    if (found !== null && found.matches.length > 0) return found;
    if (found !== null && !tried.some(({ what }) => what === found.what)) tried.push(found);
  }
  if (tried.length > 0) return { what: tried.map(({ what }) => what).join(", nor of "), matches: [] };
  throw besides?.meaningless(text) ?? meaningless(text);
}

/** `MODEL#STAGE#N`, also with `refs/tags/`. */
async function asMove({ git, refs }: Look, text: string): Promise<Found | null> {
  const read = readMoveText(text);
  if (read === null) return null;
  const what = `move ${text.replace("refs/tags/", "")}`;
  const chain = await readChain(git, refs, read);
  const found = chain?.events.find(({ event }) => event.number === read.number);
  if (found === undefined) return { what, matches: [] };
  const { version } = found.event;
  if (version === null) throw emptied(text, what, stageName(read));
  return {
    what,
    matches: [{ model: read.model, version, as: "event", event: { stage: read.stage, number: read.number } }],
  };
}

async function asVersionLabel(look: Look, text: string): Promise<Found | null> {
  const label = readLabelText(text);
  if (label === null) return null;
  const { pack } = (await resolve(look, label)).version;
  return { what: formatLabel(label), matches: [{ model: pack.model, version: pack.version, as: "label" }] };
}

/** A hash or its beginning: BLAKE3 of bytes or of a package, or the SHA-256 or MD5 that imported bytes had before. */
async function asHash(look: Look, text: string): Promise<Found | null> {
  const read = readHashText(text);
  if (read === null) return null;
  const { scheme, digits } = read;
  const hash = parseHash(digits);
  const whole = hash ? [hash] : [];
  const isBytes = scheme === "" || scheme === "blake3";
  const full = isBytes && !hash ? await hashesStarting(look, digits) : whole.filter(() => isBytes);
  if (scheme === "" && full.length > 0 && hash === null) await refuseCommit(look, text, { digits, full });
  if (full.length > 1) throw ambiguous(text, shownBytes(full, digits));
  const [only] = full;
  const direct = only === undefined ? [] : await bytesMatches(look, only);
  if (only !== undefined && direct.length > 0) return { what: bytesWord(only), matches: direct };
  const sources = scheme === "blake3" ? [] : await sourceMatches(look, digits, scheme);
  return { what: sources.length > 0 ? sourceWord(digits) : bytesWord(digits), matches: sources };
}

/** Throws `usage` where the digits begin a commit's name as well. */
async function refuseCommit(
  look: Look,
  text: string,
  { digits, full }: { digits: string; full: readonly Hash[] },
): Promise<void> {
  const commit = await commitNamed(look, digits);
  if (commit === null) return;
  throw ambiguous(text, [...shownBytes(full, digits), shownCommit(commit, digits)]);
}

/**
 * A commit by any name that Git has for it: the versions that it is the commit of, else the first of each model that
 * have it in their history.
 */
async function asCommit(look: Look, text: string): Promise<Found | null> {
  const commit = text.startsWith("-") || /\s/.test(text) ? null : await commitNamed(look, text);
  return commit && { what: commitWord(commit), matches: await commitMatches(look, commit) };
}
