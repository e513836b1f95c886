/** The list of files that forced checkouts replaced: their bytes are blobs of the cache, kept for a grace period. */
import { dirname, join } from "node:path";
import { makeFolder, readOwnText, replaceFile } from "../../base/disk.ts";
import { withLock } from "../../base/lock.ts";
import { shareWritten } from "../../base/disk.ts";
import { type Hash, parseHash } from "../../values/hash.ts";
import { cacheFile } from "../../values/own-files.ts";

/** One line: `TIME HASH "PATH"`. */
export interface Displaced {
  /** Milliseconds since 1970. */
  at: number;
  hash: Hash;
  path: string;
}

/** The list in a cache's folder, shared by all who use it. Throws what the disk does, and `lock-held`. */
export class DisplacedList {
  readonly #file: string;

  /** `cacheFolder`: where the blobs are. */
  constructor(cacheFolder: string) {
    this.#file = cacheFile(cacheFolder, "displaced");
  }

  /** Adds a line for each, durably. */
  async record(displaced: readonly Displaced[]): Promise<void> {
    if (displaced.length === 0) return;
    const lines = displaced.map(
      ({ at, hash, path }) => `${new Date(at).toISOString()} ${hash} ${JSON.stringify(path)}`,
    );
    await this.#locked(() => this.#replace([...this.#lines(), ...lines]));
  }

  /** Everything listed, oldest first. Lines that cannot be read are passed over. */
  entries(): Displaced[] {
    return this.#lines()
      .map(parseLine)
      .filter((entry) => entry !== null);
  }

  /** Takes out what was listed before `before` (milliseconds since 1970). */
  async expire(before: number): Promise<void> {
    if (!this.entries().some((entry) => entry.at < before)) return;
    await this.#locked(() => this.#replace(this.#lines().filter((line) => (parseLine(line)?.at ?? before) >= before)));
  }

  #locked(work: () => void): Promise<void> {
    return withLock(cacheFile(dirname(this.#file), "displaced.lock"), async () => work());
  }

  #replace(lines: readonly string[]): void {
    makeFolder(join(this.#file, ".."));
    replaceFile(this.#file, lines.map((line) => `${line}\n`).join(""));
    shareWritten(this.#file, dirname(this.#file));
  }

  #lines(): string[] {
    return (readOwnText(this.#file) ?? "").split("\n").filter((line) => line !== "");
  }
}

function parseLine(line: string): Displaced | null {
  const match = /^(\S+) (\S+) (".*")$/.exec(line);
  const at = Date.parse(match?.[1] ?? "");
  const hash = parseHash(match?.[2] ?? "");
  if (hash === null || Number.isNaN(at)) return null;
  try {
    return { at, hash, path: String(JSON.parse(match?.[3] as string)) };
  } catch {
    // A line that somebody edited; its blob stays as long as any other.
    return null;
  }
}
