/** One object of Azure Blob Storage, read part by part. */
import { readBody } from "../../../base/http.ts";
import type { Answered, EndsBefore, ObjectReader, Wanted } from "../../cloud/download.ts";
import { objectMissing, type Purpose } from "../../cloud/failures.ts";
import { contentRange, refusedTotal } from "../../cloud/ranges.ts";
import type { Tries } from "../../cloud/tries.ts";
import { codeOf } from "./said.ts";
import { type AzureService, isOfService } from "./service.ts";
import { statOfHeaders, sumIn, versionIn } from "./stat.ts";

/** Of an answer that is no success. */
const LONGEST_WORDS = 1024 * 1024;
const NONE = (async function* (): AsyncGenerator<Uint8Array> {})();

interface Place {
  service: AzureService;
  name: string;
  purpose: Purpose;
}

/** `name`: in the container, prefix included. */
export function objectReader(service: AzureService, name: string): ObjectReader {
  const purpose = service.purpose(`read '${name}'`);
  return {
    purpose,
    tries: () => service.tries(purpose.action),
    ask: (...wanted) => ask({ service, name, purpose }, ...wanted),
  };
}

async function ask(place: Place, { start, end, version }: Wanted, tries: Tries): Promise<Answered | EndsBefore | null> {
  const { service, name } = place;
  const headers = {
    "accept-encoding": "identity",
    ...(end !== null && { range: `bytes=${start}-${end - 1}` }),
    ...(version !== null && { "if-match": `"${version}"` }),
  };
  const answer = await service.send({ method: "GET", url: service.url(name), headers });
  const { status } = answer;
  if (status === (end === null ? 200 : 206)) {
    return {
      version: isOfService(answer) ? versionIn(answer.headers["etag"]) : null,
      range: contentRange(answer.headers["content-range"]),
      total: Number(answer.headers["content-length"] ?? Number.NaN),
      sum: sumIn(answer.headers),
      bytes: answer.body,
    };
  }
  const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
  const reply = { status, headers: answer.headers, text };
  const code = codeOf(reply);
  if (code === "BlobNotFound") throw objectMissing(name, service.address);
  if (code === "ConditionNotMet" && version !== null) return { ...ANOTHER, bytes: NONE };
  if (code === "InvalidRange") {
    const total = refusedTotal(answer.headers["content-range"]) ?? (await sizeOf(place));
    return { total, bytes: null };
  }
  await tries.after(reply);
  return null;
}

/** No version that an object has: the one that was asked for is not there any more. */
const ANOTHER = { version: "", range: null, total: Number.NaN, sum: null };

async function sizeOf({ service, name, purpose }: Place): Promise<number> {
  const { action } = purpose;
  const { status, headers } = await service.call({
    method: "HEAD",
    url: service.url(name),
    action,
    accept: [200, "BlobNotFound"],
  });
  if (status !== 200) throw objectMissing(name, service.address);
  return statOfHeaders(headers, purpose).size;
}
