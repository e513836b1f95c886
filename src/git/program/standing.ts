/**
 * A git that stands by and answers for objects, so that not every question is a start of git. Objects never change, and
 * one that it does not find it looks for anew each time; what may change (refs, the index) it is not asked.
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { type GitCall, openGit, runGit } from "../run.ts";

/** Milliseconds without a question after which it ends, so that no pack stays open beside another git's `gc`. */
const IDLE = 2000;

/** Names in one question; more are worth a git of their own, which holds nobody up. */
const MOST = 1000;

const OBJECT = /^[0-9a-f]+ (?:commit|tree|blob|tag) ([0-9]+)$/;

/** One of the two forms of `git cat-file`: a line for each name, or the object behind the line. */
export type Form = "lines" | "objects";

const ARGS: Readonly<Record<Form, readonly string[]>> = {
  lines: ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"],
  objects: ["cat-file", "--batch"],
};

/** Both forms, for one repository. Throws what `runGit` throws. */
export class Standing {
  readonly #call: GitCall;
  readonly #children = new Map<Form, Answering>();
  /** The last question of each form: the next one waits for it. */
  readonly #last = new Map<Form, Promise<unknown>>();

  constructor(call: GitCall) {
    this.#call = call;
  }

  /** What one git for these names alone would print; none of them has a line feed. */
  ask(form: Form, names: readonly string[]): Promise<Buffer> {
    if (names.length > MOST) return askOnce(form, names, this.#call);
    const answer = (this.#last.get(form) ?? Promise.resolve()).then(() => this.#ask(form, names));
    this.#last.set(
      form,
      answer.catch(() => {}),
    );
    return answer;
  }

  async #ask(form: Form, names: readonly string[]): Promise<Buffer> {
    let child = this.#children.get(form);
    if (child === undefined || child.hasEnded)
      this.#children.set(form, (child = new Answering(openGit(ARGS[form], this.#call))));
    // One that cannot answer ends; a git that is asked this alone says why.
    return (await child.ask(form, names)) ?? askOnce(form, names, this.#call);
  }
}

/** As `Standing.ask`, by a git that is started for it. */
export async function askOnce(form: Form, names: readonly string[], call: GitCall): Promise<Buffer> {
  return (await runGit(ARGS[form], { ...call, input: `${names.join("\n")}\n` })).stdout;
}

/** One such git. The process need not wait for it to end, since it ends with the pipe that it reads. */
class Answering {
  readonly #child: ChildProcess;
  readonly #streams: readonly Socket[];
  #answer: { rest: Rest; chunks: Buffer[]; done: (whole: boolean) => void } | null = null;
  #idle: NodeJS.Timeout | null = null;
  hasEnded = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#streams = [child.stdin, child.stdout, child.stderr] as Socket[];
    child.stderr?.resume();
    child.stdout?.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const event of ["error", "close"]) child.once(event, () => this.#end());
  }

  /** Null where it ended before it answered. */
  async ask(form: Form, names: readonly string[]): Promise<Buffer | null> {
    if (this.#idle) clearTimeout(this.#idle);
    this.#child.ref();
    for (const stream of this.#streams) stream.ref();
    const chunks: Buffer[] = [];
    const isWhole = await new Promise<boolean>((done) => {
      this.#answer = { rest: new Rest(form, names.length), chunks, done };
      this.#child.stdin?.write(`${names.join("\n")}\n`);
    });
    this.#answer = null;
    this.#child.unref();
    for (const stream of this.#streams) stream.unref();
    this.#idle = setTimeout(() => this.#leave(), IDLE).unref();
    return isWhole ? Buffer.concat(chunks) : null;
  }

  #take(chunk: Buffer): void {
    if (this.#answer === null) return;
    this.#answer.chunks.push(chunk);
    if (this.#answer.rest.isNothingAfter(chunk)) this.#answer.done(true);
  }

  #leave(): void {
    this.hasEnded = true;
    this.#child.stdin?.end();
  }

  #end(): void {
    this.hasEnded = true;
    this.#answer?.done(false);
  }
}

/** What of an answer is still to come. */
class Rest {
  readonly #form: Form;
  #names: number;
  /** Bytes of an object and of the line feed behind it. */
  #bytes = 0;
  #line = "";

  constructor(form: Form, names: number) {
    this.#form = form;
    this.#names = names;
  }

  isNothingAfter(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#bytes > 0) {
        const passed = Math.min(this.#bytes, chunk.length - at);
        at += passed;
        this.#bytes -= passed;
        if (this.#bytes === 0) this.#names--;
        continue;
      }
      const end = chunk.indexOf(10, at);
      this.#line += chunk.toString("latin1", at, end < 0 ? chunk.length : end);
      if (end < 0) break;
      at = end + 1;
      const size = this.#form === "objects" ? OBJECT.exec(this.#line)?.[1] : undefined;
      this.#line = "";
      if (size === undefined) this.#names--;
      else this.#bytes = Number(size) + 1;
    }
    return this.#names === 0;
  }
}
