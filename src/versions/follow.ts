/** `mvgit get --watch`: stays, and brings whatever the label comes to mean. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import { type Delivery, isSameDelivery } from "../values/delivery.ts";
import type { Delivered } from "./deliver/deliver.ts";
import { markOf, parseWhat, type What } from "./deliver/what.ts";
import { getFrom, type GetContext, type GetRequest, openHost } from "./get.ts";

export { runAfterChange } from "./get/exec.ts";

export interface FollowRequest extends GetRequest {
  /** Between two looks. */
  seconds: number;
}

/** Milliseconds that a wait after failures grows to at most, unless the looks themselves are further apart. */
const MOST_WAIT = 10 * 60_000;

/**
 * Yields the first delivery, then one for each change, also for one that somebody else brought into the folder, until
 * the signal ends it: then it returns. A failure is warned of and tried again, later and later; the folder keeps what
 * it has. Only at the start a failure that time does not heal is thrown.
 */
export async function* follow(request: FollowRequest, context: GetContext): AsyncGenerator<Delivered> {
  const { clock, signal, warn } = context.watch;
  const asked = parseWhat(request.what, request.only);
  let seen: Seen | null = null;
  let told: Delivery | null = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      // What the folder has seen may be given up once, at the start.
      const now = { ...request, acceptOlder: request.acceptOlder === true && told === null };
      const look: Awaited<ReturnType<typeof lookAgain>> = await lookAgain(seen, asked, { request: now, context });
      seen = look.seen;
      failures = 0;
      const news = look.delivered && newsOf(look.delivered, told);
      told = seen.delivery;
      if (news !== null) yield news;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof MvgitError) || error.code === "bug" || (told === null && !mayHeal(error))) throw error;
      const wait = waitAfter(++failures, request.seconds, clock.random());
      warn(
        prose`cannot look at '${asked.name}': ${error.message}; ${told === null ? "" : "what is there stays; "}trying
          again in ${Math.ceil(wait / 1000)} s`,
      );
      if (!(await sleep(wait, context))) return;
      continue;
    }
    if (!(await sleep(request.seconds * 1000 * (0.9 + 0.2 * clock.random()), context))) return;
  }
}

/** What to tell whoever was `told` of another delivery last, null for nothing: others may have filled the folder. */
function newsOf(delivered: Delivered, told: Delivery | null): Delivered | null {
  if (told === null || delivered.outcome !== "present") return delivered;
  return isSameDelivery(told, delivered.delivery) ? null : { ...delivered, outcome: "changed", before: told };
}

/** Whether the same may work later, when nobody changes the request. */
function mayHeal(error: MvgitError): boolean {
  return error.kind === "later" || error.code === "label-unknown";
}

/** Half of a wait that doubles, and up to as much again by chance, so that many servers do not come back together. */
function waitAfter(failures: number, seconds: number, random: number): number {
  const most = Math.max(MOST_WAIT, seconds * 1000);
  return Math.min(most, seconds * 1000 * 2 ** Math.min(failures, 20)) * (0.5 + random / 2);
}

/** False when the signal came. */
async function sleep(ms: number, { watch: { clock, signal } }: GetContext): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted || isMvgitError(error, "interrupted")) return false;
    throw error;
  }
}

/** A delivery, and what the host said of it then. */
interface Seen {
  delivery: Delivery;
  mark: string | null;
}

/** Nothing is fetched while the host says the same as at the last look. */
async function lookAgain(
  before: Seen | null,
  asked: What,
  about: { request: GetRequest; context: GetContext },
): Promise<{ seen: Seen; delivered: Delivered | null }> {
  const reader = await openHost(about.request, about.context);
  try {
    if (before?.mark && (await markOf(reader, asked, before.delivery)) === before.mark)
      return { seen: before, delivered: null };
    const delivered = await getFrom(reader, asked, about);
    const { delivery } = delivered;
    return { seen: { delivery, mark: await markOf(reader, asked, delivery) }, delivered };
  } finally {
    reader.close();
  }
}
