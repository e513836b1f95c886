/** The server's file system flushed as a whole, names included, by a shell of the account where it has one. */
import { uniqueName } from "../../../base/clock.ts";
import { quoted } from "../../../base/shell.ts";
import type { Talk } from "../../../program/talk.ts";

/** Milliseconds: of a shell that says nothing to its first command, and of one flush. */
const PATIENCE = { first: 10_000, later: 60_000 };
/** Letters that are looked through for an answer. */
const CAP = 64 * 1024;

/**
 * Flushes that are asked for while one is under way share the next. Nothing is believed but the shell's own word that
 * it sees the very file that SFTP made, on a system whose `sync` waits.
 */
export class ShellFlush {
  readonly #start: () => Talk;
  readonly #patience: typeof PATIENCE;
  #talk: Talk | null = null;
  #isUseless = false;
  #heard = "";
  #listener: (() => void) | null = null;
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(start: () => Talk, patience = PATIENCE) {
    this.#start = start;
    this.#patience = patience;
  }

  /** Whether it is worth asking. */
  get mayHelp(): boolean {
    return !this.#isUseless;
  }

  /**
   * True when all that was written until now in the file system of this file is on disk; false where no shell says so,
   * from then on always. `path`: of a file that was just made, as SFTP takes it.
   */
  flush(path: string): Promise<boolean> {
    if (this.#isUseless) return Promise.resolve(false);
    this.#next ??= this.#after(this.#running, path);
    return this.#next;
  }

  async #after(running: Promise<boolean> | null, path: string): Promise<boolean> {
    // One turn of the event loop lets all that is ready now join.
    await (running ?? new Promise<void>((resolve) => setImmediate(resolve)));
    this.#running = this.#next;
    this.#next = null;
    if (this.#isUseless) return false;
    const isDone = await this.#ask(path);
    if (!isDone) this.#giveUp();
    return isDone;
  }

  async #ask(path: string): Promise<boolean> {
    const isFirst = this.#talk === null;
    const talk = (this.#talk ??= this.#open());
    const word = `mvgit-${uniqueName()}`;
    const file = quoted(path.startsWith("/") ? path : `./${path}`);
    const folder = file.replace(/\/[^/]*'$/, "'");
    this.#heard = "";
    const isThere = `[ -f ${file} ] && [ "$(uname -s)" = Linux ]`;
    const answer = this.#answer(word, isFirst ? this.#patience.first : this.#patience.later);
    talk.hold(true);
    talk.input.write(`if ${isThere} && sync -f ${folder}; then echo ${word}; else echo no ${word}; fi\n`);
    try {
      return await answer;
    } finally {
      talk.hold(false);
    }
  }

  #answer(word: string, patience: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        clearTimeout(timer);
        this.#listener = null;
        resolve(answer);
      };
      const timer = setTimeout(() => end(false), patience);
      this.#listener = () => {
        const line = this.#heard
          .split("\n")
          .slice(0, -1)
          .find((each) => each.endsWith(word));
        if (line !== undefined) end(line === word);
        else if (this.#talk === null || this.#heard.length > CAP) end(false);
      };
    });
  }

  #open(): Talk {
    const talk = this.#start();
    talk.output.on("data", (chunk: Buffer) => {
      if (this.#heard.length <= CAP) this.#heard += chunk.toString("latin1");
      this.#listener?.();
    });
    void talk.ended.then(() => {
      this.#talk = null;
      this.#listener?.();
    });
    return talk;
  }

  #giveUp(): void {
    this.#isUseless = true;
    this.#talk?.stop();
  }
}
