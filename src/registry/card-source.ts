/** What the model card of a version is written from: its facts, and what its repository says of it in Markdown. */
import type { GitReader, Oid } from "../git/reader.ts";
import { kindOf } from "../values/artifact-kind.ts";
import type { BomFacts } from "../values/bom/facts.ts";
import { cardPaths } from "../values/card.ts";
import type { OwnCard } from "../values/hub/card.ts";
import { LICENSE_FILES } from "../values/license.ts";
import type { Receipt } from "../values/receipt.ts";
import { factsOf } from "./bom.ts";
import type { Look } from "./look.ts";
import { receiptOf } from "./receipt.ts";
import { warningsOf } from "./remarks.ts";
import { resolveText } from "./resolve.ts";

export interface CardSource {
  receipt: Receipt;
  /** Of the version. */
  commit: Oid;
  facts: BomFacts;
  /** The first card of the repository that is Markdown; null for none. */
  card: OwnCard | null;
  /** The text of the repository's license; null for none. */
  license: { path: string; bytes: Buffer } | null;
}

/** Bytes. */
const CARD_CAP = 1024 * 1024;

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function cardSourceOf(look: Look, label: string): Promise<CardSource> {
  const { found } = await resolveText(look, label);
  for (const text of warningsOf(found)) look.means.warn(text);
  const { commit, pack, model } = found.version;
  const cards = cardPaths(model, pack.run?.folder ?? "").filter((path) => kindOf(path) === "markdown");
  const card = await firstOf(look.git, commit, cards);
  return {
    receipt: receiptOf(found),
    commit,
    facts: await factsOf(look, found.version),
    card: card && { path: card.path, text: card.bytes.toString("utf8") },
    license: await firstOf(
      look.git,
      commit,
      LICENSE_FILES.filter((path) => /^(?:LICEN|COPYING)/.test(path)),
    ),
  };
}

async function firstOf(
  git: GitReader,
  commit: Oid,
  paths: readonly string[],
): Promise<{ path: string; bytes: Buffer } | null> {
  let at = 0;
  for await (const bytes of git.filesAt(
    paths.map((path) => ({ commit, path })),
    CARD_CAP,
  )) {
    const path = paths[at++] as string;
    if (bytes !== null) return { path, bytes };
  }
  return null;
}
