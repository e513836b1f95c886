/** One object of Google Cloud Storage, read part by part. */
import { readBody } from "../../../base/http.ts";
import { crcIn } from "../../cloud/crc32c.ts";
import type { Answered, EndsBefore, ObjectReader, Wanted } from "../../cloud/download.ts";
import { objectMissing, type Purpose } from "../../cloud/failures.ts";
import { contentRange, refusedTotal } from "../../cloud/ranges.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { GcsApi } from "./api.ts";

/** Of an answer that is no success. */
const LONGEST_WORDS = 1024 * 1024;

/** `name`: in the bucket, prefix included. */
export function objectReader(api: GcsApi, name: string): ObjectReader {
  const purpose = api.purpose(`read '${name}'`);
  return {
    purpose,
    tries: () => api.tries(purpose.action),
    ask: (...wanted) => ask({ api, name, purpose }, ...wanted),
  };
}

interface Place {
  api: GcsApi;
  name: string;
  purpose: Purpose;
}

async function ask(
  { api, name, purpose }: Place,
  { start, end, version }: Wanted,
  tries: Tries,
): Promise<Answered | EndsBefore | null> {
  const query = { alt: "media", ...(version !== null && { generation: version }) };
  const url = api.url(`/o/${encodeURIComponent(name)}`, query);
  const range = end === null ? {} : { range: `bytes=${start}-${end - 1}` };
  const answer = await api.send({ method: "GET", url, headers: { "accept-encoding": "identity", ...range } });
  const { status, headers } = answer;
  if (status === (end === null ? 200 : 206)) {
    const generation = headers["x-goog-generation"];
    return {
      version: typeof generation === "string" ? generation : null,
      range: contentRange(headers["content-range"]),
      total: Number(headers["content-length"] ?? headers["x-goog-stored-content-length"] ?? Number.NaN),
      sum: crcIn(headers["x-goog-hash"]),
      bytes: answer.body,
    };
  }
  const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
  if (status === 404) {
    await api.mustExist(purpose.action);
    throw objectMissing(name, api.address);
  }
  const total = status === 416 ? refusedTotal(headers["content-range"]) : null;
  if (total !== null) return { total, bytes: null };
  await tries.after({ status, headers, text });
  return null;
}
