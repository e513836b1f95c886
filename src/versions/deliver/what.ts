/** What `export` and `get` are asked for: a label or a revision of Git, and perhaps a part of it. */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Watch } from "../../base/watch.ts";
import type { Oid } from "../../git/reader.ts";
import { asLabel, asModelName, type Label, versionRef } from "../../values/label.ts";
import type { Delivery } from "../../values/delivery.ts";
import type { Package } from "../../values/package.ts";
import { type OnEvents, type RefReader, resolveElsewhere, resolveLabel, type Resolved } from "../../registry/labels.ts";
import type { Sight } from "../../registry/seen-events.ts";
import { warningsOf } from "../../registry/remarks.ts";
import { receiptOf } from "../../registry/receipt.ts";

export interface What {
  /** Without the path. */
  name: string;
  /** Null for a revision of Git. */
  label: Label | null;
  only: readonly string[];
}

/** Throws `usage` for a bad name of a model or stage, or nothing. */
export function parseWhat(text: string, only: readonly string[]): What {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (name === "")
    throw new MvgitError("usage", "it takes a label or a revision, such as spam-detector#production", {
      subject: display(text),
    });
  return {
    name,
    label: asLabel(name),
    only: colon < 0 || colon === text.length - 1 ? only : [...only, text.slice(colon + 1)],
  };
}

export interface Found {
  commit: Oid;
  /** Of a label. */
  resolved: Resolved | null;
  pack: Package | null;
}

/**
 * `elsewhere`: `reader` is asked for as few refs as can be. Throws `label-unknown`, `version-damaged`, `chain-broken`.
 */
export async function resolveWhat(
  reader: RefReader,
  { name, label }: What,
  { elsewhere, onEvents }: { elsewhere: boolean; onEvents: OnEvents },
): Promise<Found> {
  if (label !== null) {
    const resolved = elsewhere
      ? await resolveElsewhere(reader, label, onEvents)
      : await resolveLabel(reader, await reader.refs(), label, onEvents);
    return { commit: resolved.version.commit, resolved, pack: resolved.version.pack };
  }
  const commit = await reader.resolveCommit(name);
  if (commit !== null) return { commit, resolved: null, pack: null };
  const hint =
    asModelName(name) === null
      ? "name a label, a branch, a tag or a whole commit id"
      : `for a model's newest version write '${name}@latest', for what a stage holds '${name}#production'`;
  throw new MvgitError("label-unknown", `'${display(name)}' is neither a label, a branch, a tag nor a commit there`, {
    subject: display(name),
    hint,
  });
}

/** Says so where what is brought was retracted, or where nobody can tell. */
export function warnOfRemarks(watch: Watch, resolved: Resolved | null): void {
  if (resolved === null) return;
  for (const text of warningsOf(resolved)) watch.warn(text);
}

/** What the label was found to mean; null for a revision. */
export function sightOf({ label }: What, { resolved }: Found): Sight | null {
  return label && resolved && { label, ...resolved };
}

/** What the folder will say of itself. */
export function aboutOf(
  { name, only }: What,
  { commit, resolved }: Found,
  repository: string | null,
): Pick<Delivery, "receipt" | "what" | "only" | "repository" | "commit"> {
  return { receipt: resolved && receiptOf(resolved), what: name, only, repository, commit };
}

/**
 * What the host says, in as few refs as can be, of whether a delivery is what the label or revision means: equal to an
 * earlier answer while nothing moved; null when something did.
 */
export async function markOf(
  reader: RefReader,
  { name, label }: What,
  { receipt, commit }: Delivery,
): Promise<string | null> {
  if (label === null || receipt === null) return (await reader.resolveCommit(name)) === commit ? commit : null;
  const stem = label.kind === "stage" ? `refs/tags/${label.model}#${label.stage}#` : `refs/tags/${label.model}@v`;
  const number = label.kind === "stage" ? (receipt.event ?? 0) : receipt.version;
  const [present, next] = [`${stem}${number}`, `${stem}${number + 1}`];
  const version = versionRef(label.model, receipt.version);
  // Numbers go up one by one, so a longer history costs no more.
  const refs = await reader.refs(label.kind === "version" ? [present] : [present, next, `${version}#`]);
  if (label.kind !== "version" && refs.some((ref) => ref.name === next && ref.oid !== ref.peeled)) return null;
  const found = refs.find((ref) => ref.name === present);
  // What is said of the version later may be that it is retracted.
  const remarks = refs.filter(({ name }) => name.startsWith(`${version}#`)).map(({ oid }) => oid);
  return found === undefined ? null : [found.oid, ...remarks.toSorted()].join(" ");
}
