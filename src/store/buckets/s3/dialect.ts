/** What an endpoint knows of S3, found out while it is used: sums, and writes that never replace. */
import { createHash } from "node:crypto";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";

/**
 * - kept: the endpoint refuses a write where something is there;
 * - untried: it may, or may not;
 * - absent: it does not know such writes, or takes them and replaces.
 */
type Precondition = "kept" | "untried" | "absent";

export interface DialectOptions {
  /** Amazon keeps the precondition; others are tried. */
  isAmazon: boolean;
  /** The endpoint and the address, under which the outcome is remembered. */
  key: string;
  sessions: UploadSessions | undefined;
  /** Told once where the precondition is absent. */
  warn(text: string): void;
  /** The remote's address, for that. */
  address: string;
}

const WORDS = ["kept", "absent"] as const;

/** One endpoint, as one process gets to know it. */
export class Dialect {
  readonly #options: DialectOptions;
  #precondition: Precondition;
  #isRemembered: Promise<void> | null = null;
  #hasWarned = false;
  /** The first write, which tries it; the others wait for it. */
  #trial: Promise<void> | null = null;
  /** Whether CRC32C is understood; else MD5 goes along. */
  #hasCrc = true;
  /** False once an upload that was to have sums had none of a part: then what is said of the whole is none either. */
  sumsParts = true;
  /** False once a tag that looks like an MD5 was none, as where the endpoint encrypts. */
  tagsAreSums = true;
  /** Whether a delete may say of which version. */
  deletesByTag = true;
  /** The same of a write in the place of what is there. */
  replacesByTag = true;

  constructor(options: DialectOptions) {
    this.#options = options;
    this.#precondition = options.isAmazon ? "kept" : "untried";
  }

  get isUntried(): boolean {
    return this.#precondition === "untried";
  }

  /** Whether to send the precondition: also where nobody knows what it is good for. */
  get asksForAbsence(): boolean {
    return this.#precondition !== "absent";
  }

  /** Whether to look before a write whether something is there. */
  get looksFirst(): boolean {
    return this.#precondition !== "kept";
  }

  /** The same before the last request of an upload in parts: some keep the precondition for objects alone. */
  get looksBeforeLast(): boolean {
    return !this.#options.isAmazon;
  }

  /** Whether a write in the place of a certain version is sure to be refused where another one is there. */
  get keepsMatches(): boolean {
    return this.#options.isAmazon;
  }

  get hasCrc(): boolean {
    return this.#hasCrc;
  }

  /** Whether an answer may have the sum that was sent because the endpoint repeats it: its tag is of other bytes. */
  mayOnlyRepeat(tag: string, bytes: Uint8Array): boolean {
    return !this.#options.isAmazon && this.tagsAreSums && isMd5(tag) && tag !== md5(bytes, "hex");
  }

  /** What goes along with a write, so that the endpoint can tell other bytes. */
  sums(bytes: Uint8Array, sum: string): Record<string, string> {
    return this.#hasCrc ? { "x-amz-checksum-crc32c": sum } : { "content-md5": md5(bytes, "base64") };
  }

  /** Runs a write once it is known what the precondition is good for, or as the one that finds out. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    await this.#recall();
    while (this.#trial !== null && this.isUntried) await this.#trial;
    if (!this.isUntried) return work();
    const trial = work();
    this.#trial = trial.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await trial;
    } finally {
      this.#trial = null;
    }
  }

  /** An earlier process found out. */
  #recall(): Promise<void> {
    this.#isRemembered ??= (async () => {
      if (!this.isUntried) return;
      const word = await this.#options.sessions?.get(this.#key);
      const known = WORDS.find((each) => each === word);
      if (known !== undefined && this.isUntried) this.#settle(known);
    })();
    return this.#isRemembered;
  }

  /** What a second write of the same object showed. */
  async found(precondition: "kept" | "absent"): Promise<void> {
    this.#settle(precondition);
    await this.#options.sessions?.set(this.#key, precondition);
  }

  #settle(precondition: "kept" | "absent"): void {
    this.#precondition = precondition;
    if (precondition === "kept" || this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.warn(
      `'${this.#options.address}' does not know writes that never replace (If-None-Match): mvgit looks first, and ` +
        "reads back what it wrote; let nobody run 'mvgit gc --remote' there while another one runs",
    );
  }

  /** After a refusal of what was asked (501, or 400 with words about sums): true where another way is left. */
  async retreat(): Promise<boolean> {
    if (this.#hasCrc) this.#hasCrc = false;
    else if (this.asksForAbsence) {
      this.#hasCrc = true;
      await this.found("absent");
    } else return false;
    return true;
  }

  get #key(): string {
    return `${this.#options.key} If-None-Match`;
  }
}

export function md5(bytes: Uint8Array, encoding: "hex" | "base64"): string {
  return createHash("md5").update(bytes).digest(encoding);
}

/** Whether an entity tag can be the MD5 of what it names. */
export function isMd5(tag: string | null): boolean {
  return tag !== null && /^[0-9a-f]{32}$/.test(tag);
}
