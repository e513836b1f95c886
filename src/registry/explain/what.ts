/** What a text means to `explain`: one meaning is tried after the other. */
import { andMore } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { type Hash, parseHash, shortHash } from "../../values/hash.ts";
import { asLabel, formatLabel, readRef } from "../../values/label.ts";
import { readChain, stageName } from "../chain.ts";
import type { Look } from "../look.ts";
import { resolve } from "../resolve.ts";
import { bytesMatches, hashesStarting, sourceMatches } from "./by-bytes.ts";
import { commitMatches, commitNamed } from "./by-commit.ts";
import type { Found } from "./found.ts";

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

function meaningless(text: string): MvgitError {
  const shown = display(text.slice(0, 200));
  return new MvgitError("usage", `'${shown}' is neither a receipt, a hash, a commit nor a label`, {
    subject: shown,
    hint: "hand over a receipt, a hash or commit (7 characters at least), a label, or a move such as 'MODEL#STAGE#3'",
  });
}

/** `MODEL#STAGE#N`, also with `refs/tags/`. */
async function asMove({ git, refs }: Look, text: string): Promise<Found | null> {
  const read = readRef(text.startsWith("refs/tags/") ? text : `refs/tags/${text}`);
  if (read?.kind !== "event") return null;
  const what = `move ${text.replace("refs/tags/", "")}`;
  const chain = await readChain(git, refs, read);
  const found = chain?.events.find(({ event }) => event.number === read.number);
  if (found === undefined) return { what, matches: [] };
  const { version } = found.event;
  if (version === null)
    throw new MvgitError("label-unknown", `${what} emptied ${stageName(read)}: no version came of it`, {
      subject: text,
      hint: `'mvgit history ${stageName(read)}' lists all moves`,
    });
  return {
    what,
    matches: [{ model: read.model, version, as: "event", event: { stage: read.stage, number: read.number } }],
  };
}

async function asVersionLabel(look: Look, text: string): Promise<Found | null> {
  const label = isShapedAsLabel(text) ? asLabel(text.replace("refs/tags/", "")) : null;
  if (label === null) return null;
  const { pack } = (await resolve(look, label)).version;
  return { what: formatLabel(label), matches: [{ model: pack.model, version: pack.version, as: "label" }] };
}

function isShapedAsLabel(text: string): boolean {
  return /^(?:refs\/tags\/)?[a-z0-9][a-z0-9._-]*(?:@v[0-9]+|@latest|#[^@#]+)$/.test(text);
}

const SHORTEST = 7;

/** A hash or its beginning: BLAKE3 of bytes or of a package, or the SHA-256 or MD5 that imported bytes had before. */
async function asHash(look: Look, text: string): Promise<Found | null> {
  const [, scheme = "", digits = ""] = /^(?:(blake3|sha256|md5):)?([0-9a-f]+)$/.exec(text.toLowerCase()) ?? [];
  if (digits.length < SHORTEST || digits.length > 64) return null;
  const hash = parseHash(digits);
  const whole = hash ? [hash] : [];
  const isBytes = scheme === "" || scheme === "blake3";
  const full = isBytes && !hash ? await hashesStarting(look, digits) : whole.filter(() => isBytes);
  if (scheme === "" && full.length > 0 && hash === null) await refuseCommit(look, text, { digits, full });
  if (full.length > 1) throw ambiguous(text, shownBytes(full, digits));
  const [only] = full;
  const direct = only === undefined ? [] : await bytesMatches(look, only);
  if (only !== undefined && direct.length > 0)
    return { what: `bytes with the hash ${shortHash(only)}`, matches: direct };
  const sources = scheme === "blake3" ? [] : await sourceMatches(look, digits, scheme);
  return {
    what:
      sources.length > 0
        ? `bytes that had the name ${digits.slice(0, 10)} before they were imported`
        : `bytes with the hash ${digits.slice(0, 10)}`,
    matches: sources,
  };
}

function shownBytes(hashes: readonly Hash[], digits: string): string[] {
  return hashes.map((each) => `bytes ${each.slice(0, digits.length + 4)}…`);
}

/** Throws `usage` where the digits begin a commit's name as well. */
async function refuseCommit(
  look: Look,
  text: string,
  { digits, full }: { digits: string; full: readonly Hash[] },
): Promise<void> {
  const commit = await commitNamed(look, digits);
  if (commit === null) return;
  throw ambiguous(text, [...shownBytes(full, digits), `commit ${commit.slice(0, digits.length + 4)}…`]);
}

function ambiguous(text: string, all: readonly string[]): MvgitError {
  return new MvgitError(
    "usage",
    `'${display(text)}' is the beginning of several: ${all.slice(0, 5).join(", ")}${andMore(all.length - 5)}`,
    { subject: display(text), hint: "give more characters of it" },
  );
}

/**
 * A commit by any name that Git has for it: the versions that it is the commit of, else the first of each model that
 * have it in their history.
 */
async function asCommit(look: Look, text: string): Promise<Found | null> {
  const commit = text.startsWith("-") || /\s/.test(text) ? null : await commitNamed(look, text);
  return commit && { what: `commit ${commit.slice(0, 10)}`, matches: await commitMatches(look, commit) };
}
