/**
 * What the page is told by itself, over server-sent events (`events`), as long as somebody listens:
 *
 *     event: hello   data: {"state":"…"}          at the beginning of each stream: what it is now. A page that knew
 *                                                  another state missed something, and reads anew
 *     event: refs    data: {"state":"…"}          refs changed: a fetch, a move elsewhere, a version that was made
 *     event: runs    data: {"runs":[{"id","what"}]} `what`: began, grew (its log or what MLflow recorded), ended, gone
 *
 * A browser keeps six connections to one host, over all tabs: a page listens while it is seen, and not in a tab behind.
 */
import { PassThrough } from "node:stream";
import type { LocalAnswer } from "../base/loopback.ts";

/** Bytes that wait for a reader before it is given up: it comes back, and learns the state then. */
const MOST_WAITING = 256 * 1024;
const MOST_LISTENERS = 64;
/** Milliseconds after which a silent stream says that it lives. */
const HEARTBEAT = 15_000;

/** What is looked at from time to time while somebody listens. */
export interface Watched {
  /** The state that streams begin with. */
  state(): string;
  /** Milliseconds between two looks. */
  every(): number;
  /** What changed since the last look; told to all. */
  look(): { event: "refs" | "runs"; data: object }[];
}

/** The streams, and the timer that looks for them. */
export class Events {
  readonly #watched: Watched;
  readonly #streams = new Set<PassThrough>();
  #looking: NodeJS.Timeout | null = null;
  readonly #beating: NodeJS.Timeout;
  #isClosed = false;
  #isAnew = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#beating = setInterval(() => this.#send(": \n\n"), HEARTBEAT).unref();
  }

  /** A new stream; refused where there are too many. */
  open(): LocalAnswer {
    if (this.#isClosed || this.#streams.size >= MOST_LISTENERS) return { status: 503, body: "" };
    const stream = new PassThrough();
    stream.on("close", () => this.#streams.delete(stream));
    // Whatever changed before belongs to the state that it begins with.
    this.#tell();
    this.#streams.add(stream);
    stream.write(`retry: 1000\n${eventOf("hello", { state: this.#watched.state() })}`);
    if (this.#isAnew) stream.write(this.#refs());
    this.#plan();
    return {
      status: 200,
      type: "text/event-stream; charset=utf-8",
      headers: { "cache-control": "no-store", "x-accel-buffering": "no" },
      body: { stream, size: null },
    };
  }

  /** Looks now, without waiting for the timer. */
  lookNow(): void {
    if (this.#streams.size > 0) this.#tell();
  }

  /** Has all of it read anew, by pages that listen and those that come: something was told that is not so. */
  tellAnew(): void {
    this.#isAnew = true;
    this.#send(this.#refs());
  }

  #refs(): string {
    return eventOf("refs", { state: this.#watched.state() });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beating);
    if (this.#looking !== null) clearTimeout(this.#looking);
    for (const stream of this.#streams) stream.end();
  }

  #plan(): void {
    if (this.#looking !== null || this.#isClosed || this.#streams.size === 0) return;
    this.#looking = setTimeout(() => {
      this.#looking = null;
      this.#tell();
      this.#plan();
    }, this.#watched.every()).unref();
  }

  #tell(): void {
    for (const { event, data } of this.#watched.look()) this.#send(eventOf(event, data));
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.readableLength + stream.writableLength > MOST_WAITING) stream.destroy();
      else stream.write(text);
    }
  }
}

function eventOf(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
