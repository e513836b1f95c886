/** One object of S3, read part by part. */
import { MvgitError } from "../../../base/errors.ts";
import { readBody } from "../../../base/http.ts";
import type { Answered, EndsBefore, ObjectReader, Wanted } from "../../cloud/download.ts";
import { bucketMissing, objectMissing, type Purpose } from "../../cloud/failures.ts";
import { contentRange, refusedTotal } from "../../cloud/ranges.ts";
import type { Tries } from "../../cloud/tries.ts";
import { parseXml, textOf } from "../../cloud/xml.ts";
import type { S3Api } from "./api.ts";
import { wordsOf } from "./said.ts";
import { sumIn, tagIn } from "./stat.ts";

/** Of an answer that is no success. */
const LONGEST_WORDS = 1024 * 1024;

/** From so many bytes of an object on, which are not all of it, it is worth a request to know the sum of all. */
const LARGE = 1024 * 1024;

/** `name`: in the bucket, prefix included. `size`: of the whole object, where that is known. */
export function objectReader(api: S3Api, name: string, size?: number): ObjectReader {
  const purpose = api.purpose(`read '${name}'`);
  let sum: Promise<string | null> | null = null;
  const asking = { api, name, size, purpose, sum: () => (sum ??= sumOf(api, name)) };
  return { purpose, tries: () => api.tries(purpose.action), ask: (...wanted) => ask(asking, ...wanted) };
}

interface Asking {
  api: S3Api;
  name: string;
  size: number | undefined;
  purpose: Purpose;
  /** Of the whole object, asked for once. */
  sum(): Promise<string | null>;
}

async function ask(
  asking: Asking,
  { start, end, version }: Wanted,
  tries: Tries,
): Promise<Answered | EndsBefore | null> {
  const { api, name, size, sum } = asking;
  const isWhole = end === null || (start === 0 && end === size);
  const asked = {
    "accept-encoding": "identity",
    "x-amz-checksum-mode": "ENABLED",
    ...(!isWhole && { range: `bytes=${start}-${end - 1}` }),
    ...(version !== null && { "if-match": `"${version}"` }),
  };
  // An answer with a part of the object tells at most the sum of that part.
  const whole = !isWhole && version === null && end - start >= LARGE ? sum() : null;
  whole?.catch(() => undefined);
  const answer = await api.send({ method: "GET", name, headers: asked });
  const { status, headers } = answer;
  if (status === (isWhole ? 200 : 206)) {
    const total = Number(headers["content-length"] ?? Number.NaN);
    return {
      version: tagIn(headers["etag"]),
      range: isWhole ? { start: 0, end: total, total } : contentRange(headers["content-range"]),
      total,
      sum: isWhole ? sumIn(headers) : await whole,
      bytes: answer.body,
    };
  }
  const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
  if (status === 412 && version !== null) return { ...ANOTHER, bytes: nothing() };
  const total = status === 416 ? (refusedTotal(headers["content-range"]) ?? actualSize(text)) : null;
  if (total !== null) return { total, bytes: null };
  if (status === 404) await isMissing(asking, text);
  await tries.after({ status, headers, text });
  return null;
}

async function isMissing({ api, name, purpose }: Asking, text: string): Promise<never> {
  if (wordsOf(text).code === "NoSuchBucket") throw bucketMissing(purpose);
  await api.mustExist(purpose.action);
  throw objectMissing(name, api.address);
}

/** Null where nobody tells it: the bytes are checked by whoever knows their hash. */
async function sumOf(api: S3Api, name: string): Promise<string | null> {
  const headers = { "x-amz-checksum-mode": "ENABLED" };
  try {
    const reply = await api.call({ method: "HEAD", name, headers, action: `look for '${name}'`, accept: [200] });
    return sumIn(reply.headers);
  } catch (error) {
    if (error instanceof MvgitError) return null;
    throw error;
  }
}

/** Not the version that was asked for: that is not there any more. */
const ANOTHER = { version: "", range: null, total: Number.NaN, sum: null };

async function* nothing(): AsyncGenerator<Uint8Array> {}

function actualSize(text: string): number | null {
  const size = textOf(parseXml(text, "Error") ?? undefined, "ActualObjectSize") ?? "";
  return /^\d{1,16}$/.test(size) ? Number(size) : null;
}
