/** Which remote this clone met at an address: an emptied, re-created or wrongly mounted one is not taken for it. */
import { join } from "node:path";
import { makeFolder, replaceFile } from "../base/disk.ts";
import { isMvgitError, systemCode } from "../base/errors.ts";
import { readOwnJson } from "../base/own-json.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { RemoteSettings } from "../values/settings.ts";
import type { Acquaintance } from "../store/remote/place.ts";
import { everClaimedAt } from "./claim-ledger.ts";
import { cloneFile } from "../values/own-files.ts";

/** What this clone knows of the store at one address: the identity that it met there. */
export class KnownStore implements Acquaintance {
  readonly #file: string;
  readonly #commonDir: string;
  readonly #url: string;
  readonly endpoint: string | null;

  constructor(commonDir: string, { url, options }: RemoteSettings) {
    this.#commonDir = commonDir;
    this.#url = url;
    this.endpoint = options?.["endpoint"] ?? null;
    this.#file = join(
      cloneFile({ commonDir }, "stores"),
      hashBytes(Buffer.from(JSON.stringify([url, this.endpoint]))).slice(0, 32),
    );
  }

  get known(): string | null | undefined {
    const { mvgit, identity } = readOwnJson<{ mvgit?: unknown; identity?: unknown }>(this.#file) ?? {};
    return mvgit === 1 && (typeof identity === "string" || identity === null) ? identity : undefined;
  }

  get wasUsed(): boolean {
    const { known } = this;
    return known === undefined ? everClaimedAt(this.#commonDir, this.#url) : known !== null;
  }

  /** A clone that may not be written meets it anew each time. */
  meet(identity: string | null): void {
    try {
      makeFolder(join(this.#file, ".."));
      replaceFile(this.#file, `${JSON.stringify({ mvgit: 1, identity })}\n`);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
    }
  }

  /** Whatever is there when it is used again is taken for what it is. */
  forget(): void {
    this.meet(null);
  }
}

/** True for what a place says that this user may not write. */
export function isReadOnly(error: unknown): boolean {
  return (
    isMvgitError(error, "read-only") ||
    isMvgitError(error, "file-unreadable") ||
    ["EROFS", "EACCES", "EPERM"].includes(systemCode(error) ?? "")
  );
}
