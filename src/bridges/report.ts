/** What an import found, took and missed: the same for whatever people come from. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import type { ForeignOutcome } from "./foreign/take.ts";

interface Amount {
  files: number;
  bytes: number;
}

/** A file whose bytes could not be had. */
export interface MissingFile {
  /** In the work tree. */
  path: string;
  digest: string;
  /** Where it should have been. */
  expected: string[];
  /** Those of them that hold other bytes. */
  wrong: string[];
}

/** One path that becomes a pointer. */
export interface Imported {
  path: string;
  /** What names it: `data.dvc`, `dvc.lock`; the path itself for Git LFS and Git. */
  listedIn: string;
  /** `taken` also for what a dry run would take; `unchanged`: its pointer is there already. */
  what: "taken" | "unchanged" | "missing" | "skipped" | "refused";
  /** Of `skipped` and `refused`. */
  reason?: string;
  /** As the other program names it; "" where it could not be read. */
  digest: string;
  /** Null unless its bytes are in the cache. */
  hash: Hash | null;
  size: number;
  /** Only of a folder. */
  files?: number;
  taken: Amount;
  /** Part of `taken`: what the cache had before. */
  shared: Amount;
  /** Files of which only the size could be checked. */
  sizeOnly: number;
  missingFiles: number;
  /** The first of them. */
  missing: MissingFile[];
}

export interface ImportReport {
  dryRun: boolean;
  imported: Imported[];
  totals: { found: number; taken: Amount; shared: Amount; missing: number; sizeOnly: number };
  /** Pointers and ignore files that were staged. */
  staged: RepoPath[];
  /** The commit that was made. */
  commit: string | null;
  /** What the user should know, each a sentence. */
  notes: string[];
}

const SHOWN = 20;

/** An entry to which outcomes are added. */
export function newImported(path: string, listedIn: string, digest: string): Imported {
  const none = (): Amount => ({ files: 0, bytes: 0 });
  return {
    path,
    listedIn,
    what: "taken",
    digest,
    hash: null,
    size: 0,
    taken: none(),
    shared: none(),
    sizeOnly: 0,
    missingFiles: 0,
    missing: [],
  };
}

/** Counts one file's outcome. */
export function countOutcome(entry: Imported, outcome: ForeignOutcome, file: Omit<MissingFile, "wrong">): void {
  if (outcome.kind === "missing") {
    entry.what = "missing";
    entry.missingFiles++;
    if (entry.missing.length < SHOWN) entry.missing.push({ ...file, wrong: outcome.wrong });
    return;
  }
  for (const amount of outcome.shared ? [entry.taken, entry.shared] : [entry.taken]) {
    amount.files++;
    amount.bytes += outcome.size;
  }
  if (outcome.checked === "size") entry.sizeOnly++;
}

/** The sums over all entries. */
export function totalsOf(imported: readonly Imported[]): ImportReport["totals"] {
  const sum = (part: (each: Imported) => number): number => imported.reduce((all, each) => all + part(each), 0);
  return {
    found: sum((each) => each.taken.files + each.missingFiles),
    taken: { files: sum((each) => each.taken.files), bytes: sum((each) => each.taken.bytes) },
    shared: { files: sum((each) => each.shared.files), bytes: sum((each) => each.shared.bytes) },
    missing: sum((each) => each.missingFiles),
    sizeOnly: sum((each) => each.sizeOnly),
  };
}

/** An entry that is refused: why, from the error that says so. Errors of the machine or of mvgit are thrown on. */
export function refuse(entry: Imported, error: unknown): void {
  if (!isMvgitError(error) || !REFUSALS.has(error.code)) throw error;
  entry.what = "refused";
  entry.reason = error.message;
}

const REFUSALS = new Set([
  "unsafe-path",
  "name-clash",
  "link-refused",
  "already-tracked",
  "cannot-add",
  "local-changes",
  "manifest-malformed",
  "pointer-malformed",
]);

/** One failure for each path that was not brought over though it should have been. */
export function importFailures({ imported }: Pick<ImportReport, "imported">, hint: string): MvgitError[] {
  return imported.flatMap((each) => {
    const name = display(each.path);
    if (each.what === "refused")
      return [new MvgitError("cannot-add", `cannot import '${name}': ${each.reason}`, { subject: name })];
    if (each.what !== "missing") return [];
    const [first] = each.missing;
    const which =
      each.files === undefined && each.missingFiles <= 1 && first?.path === each.path
        ? "its bytes are"
        : `${each.missingFiles} of its files are`;
    const damaged = first && first.wrong.length > 0 ? `; '${display(first.wrong[0] as string)}' holds other bytes` : "";
    const places = first?.expected.map((place) => `'${display(place)}'`).join(" or ");
    const example = first ? `: '${display(first.path)}' should be at ${places}${damaged}` : "";
    return [
      new MvgitError(
        damaged === "" ? "blob-missing" : "blob-damaged",
        `cannot import '${name}': ${which} missing${example}`,
        { subject: name, hint },
      ),
    ];
  });
}
