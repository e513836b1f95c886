/**
 * The mark of a gc at work in a remote, `gc/mark`: made if absent, so that only one works at a time. A push writes its
 * claim and then looks for the mark; gc makes its mark and then reads the claims. Whoever comes second sees the first.
 */
import { uniqueName } from "../../base/clock.ts";
import { MvgitError } from "../../base/errors.ts";
import { MARK_LIFE } from "../../base/times.ts";
import type { Bucket, ObjectStat } from "../bucket.ts";
import { bytesSource } from "../bytes.ts";
import { putOwn } from "./put-own.ts";

export const GC_MARK = "gc/mark";
/** What the names of objects begin with that only ask for the time. */
const CLOCK = "gc/clock-";
const CAP = 256;

/** Throws `lock-held` while a gc works there. `now` tells the medium's time; it is asked only where there is a mark. */
export async function refuseDuringGc(bucket: Bucket, now: () => Promise<number>): Promise<void> {
  const mark = await bucket.head(GC_MARK);
  if (mark !== null && (await now()) - mark.created < MARK_LIFE) throw held(bucket, mark);
}

/**
 * Makes the mark. One that is older than its life is replaced, and so is one with the text `own`: of a run that died,
 * since the caller keeps two runs of its own apart. Throws `lock-held`.
 */
export async function makeMark(bucket: Bucket, own: string): Promise<ObjectStat> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const outcome = await bucket.putIfAbsent(GC_MARK, bytesSource(Buffer.from(own)));
    const found = await bucket.head(GC_MARK);
    if (found === null) continue;
    if (outcome === "written") return await swept(bucket, found);
    // The beginning of a mark is what a cut upload left, and what is no file is no mark: nobody works under it.
    if (
      found.size >= 0 &&
      !own.startsWith(await readMark(bucket, found)) &&
      (await mediumTime(bucket)) - found.created < MARK_LIFE
    )
      throw held(bucket, found);
    await bucket.delete(GC_MARK, found.version);
  }
  throw new MvgitError("lock-held", `another gc begins at '${bucket.address}'`, {
    subject: bucket.address,
    hint: "try again later",
  });
}

/** Removes what killed runs left beside the mark when they asked for the time. */
async function swept(bucket: Bucket, mark: ObjectStat): Promise<ObjectStat> {
  for await (const { name, created, version } of bucket.list(CLOCK))
    if (mark.created - created > MARK_LIFE) await bucket.delete(name, version);
  return mark;
}

/** Takes the mark away, if it is still this one. */
export async function removeMark(bucket: Bucket, mark: ObjectStat): Promise<void> {
  await bucket.delete(GC_MARK, mark.version);
}

async function readMark(bucket: Bucket, { size }: ObjectStat): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bucket.get(GC_MARK, { start: 0, end: Math.min(size, CAP) }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("latin1");
}

/** What time the medium says it is, by a new object: this machine's clock may be wrong. */
async function mediumTime(bucket: Bucket): Promise<number> {
  const name = `${CLOCK}${uniqueName()}`;
  await putOwn(bucket, name, Buffer.from("\n"));
  const made = await bucket.head(name);
  if (made === null)
    throw new MvgitError("remote-unavailable", `'${name}' is not in '${bucket.address}', though it was written`, {
      subject: bucket.address,
    });
  await bucket.delete(name, made.version);
  return made.created;
}

function held({ address }: Bucket, { created }: ObjectStat): MvgitError {
  return new MvgitError(
    "lock-held",
    `'mvgit gc --remote' works at '${address}' since ${new Date(created).toISOString()}`,
    {
      subject: address,
      hint:
        "try again later; if it was killed, run it again in the same clone, or wait: after an hour it counts " +
        "for nothing",
    },
  );
}
