/**
 * What this clone saw confirmed in a remote: commits of which everything that they and all before them need was there.
 * Kept by the remote's identity, and outside of it; what is lost of it is only looked at again.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import { readOwnJson } from "../base/own-json.ts";
import { CLAIM_TRUST } from "../base/times.ts";
import type { Oid } from "../git/reader.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Need } from "../transfer/copy.ts";
import { cloneFile } from "../values/own-files.ts";

const CAP = 1024 * 1024;
/** Commits that are kept; of more, the newest. */
const MOST = 512;

export interface Receipts {
  commits: Oid[];
  /** Milliseconds since 1970 from which on claims of this clone stand for all of it; 0 where it made none. */
  since: number;
  /** Of the remote when it was looked at. */
  epoch: string;
  /** Some of the blobs that were there: where one is gone, nothing is believed. */
  witnesses: Need[];
}

const NONE = { mvgit: 0, cut: "", commits: [], since: 0, epoch: "", witnesses: [] };

/** Receipts of one remote. */
export class ReceiptBook {
  readonly #commonDir: string;
  readonly #file: string;

  constructor(commonDir: string, identity: string) {
    this.#commonDir = commonDir;
    this.#file = join(cloneFile({ commonDir }, "receipts"), hashBytes(Buffer.from(identity)).slice(0, 32));
  }

  /** Null where there are none for the history as this clone has it now. */
  read(): Receipts | null {
    const { mvgit, cut, ...receipts } = readOwnJson<{ mvgit?: unknown; cut?: unknown } & Receipts>(this.#file) ?? NONE;
    const { commits, witnesses } = receipts;
    const isWhole = mvgit === 1 && Array.isArray(commits) && Array.isArray(witnesses);
    return isWhole && cut === this.#cut() ? receipts : null;
  }

  write({ commits, ...receipts }: Receipts): void {
    makeFolder(join(this.#file, ".."));
    replaceFile(
      this.#file,
      JSON.stringify({ mvgit: 1, cut: this.#cut(), commits: [...new Set(commits)].slice(0, MOST), ...receipts }),
      false,
    );
  }

  /** All is looked at again. */
  forget(): void {
    const { commits, since, epoch, witnesses } = NONE;
    this.write({ commits, since, epoch, witnesses });
  }

  /** Where the history of a shallow or grafted clone ends: one that goes deeper has commits that were not looked at. */
  #cut(): string {
    const parts = ["shallow", join("info", "grafts")]
      .map((name) => join(this.#commonDir, name))
      .map((file) => (existsSync(file) ? hashBytes(readUpTo(file, CAP) ?? Buffer.alloc(0)) : ""));
    return parts.join(" ");
  }
}

/** Whether claims alone stand for receipts, so that no gc can have removed anything. */
export function isFresh({ since }: Receipts, now: number): boolean {
  return Math.abs(now - since) < CLAIM_TRUST;
}
