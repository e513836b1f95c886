/** What the server tells by itself (src/ui/events.ts): over one stream, opened when somebody first listens. */
import { config } from "./config.ts";

/** `refs`: versions, stages or notes changed; `runs`: a run got on; `connection`: it was cut, or is back. */
export type LiveKind = "refs" | "runs" | "connection";

type Listener = (told: unknown) => void;

const listeners: Record<LiveKind, Set<Listener>> = { refs: new Set(), runs: new Set(), connection: new Set() };
let source: EventSource | null = null;

/** Calls `listener` with what is told of `kind`. Answers how to end that. In a static page nothing is ever told. */
export function onChange(kind: LiveKind, listener: Listener): () => void {
  listeners[kind].add(listener);
  open();
  return () => listeners[kind].delete(listener);
}

function tell(kind: LiveKind, told: unknown): void {
  for (const listener of listeners[kind]) listener(told);
}

let isFollowing = false;
/** What refs were when they were last told of. */
let known: string | null = null;

function open(): void {
  if (config.mode !== "live" || isFollowing) return;
  isFollowing = true;
  document.addEventListener("visibilitychange", follow);
  follow();
}

/** A browser keeps six connections to one host, over all tabs: one that nobody sees does without. */
function follow(): void {
  if (document.hidden) {
    source?.close();
    source = null;
  } else source ??= connected();
}

/** Milliseconds after which a stream that was refused is asked for again; one that was cut comes back by itself. */
const AGAIN = 5000;

/** Of the page and not of one stream: the stream that comes back is another one than the one that was refused. */
let isCut = false;

function connected(): EventSource {
  const stream = new EventSource("events");
  stream.addEventListener("error", () => {
    if (!isCut) tell("connection", { isCut: (isCut = true) });
    if (stream.readyState !== stream.CLOSED) return;
    source = null;
    window.setTimeout(follow, AGAIN);
  });
  stream.addEventListener("hello", ({ data }: MessageEvent<string>) => {
    if (isCut) tell("connection", { isCut: (isCut = false) });
    begin((JSON.parse(data) as { state: string }).state);
  });
  stream.addEventListener("refs", ({ data }: MessageEvent<string>) => {
    const told = JSON.parse(data) as { state: string };
    known = told.state;
    tell("refs", told);
  });
  stream.addEventListener("runs", ({ data }: MessageEvent<string>) => tell("runs", JSON.parse(data)));
  return stream;
}

/** What was told while nobody listened is not told again: the state that a stream begins with shows it. */
function begin(state: string): void {
  const before = known;
  known = state;
  if (before === null) return;
  if (before !== state) tell("refs", { state });
  tell("runs", null);
}
