/** Names in a bucket, page after page. */
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { bucketMissing, type Purpose, unusable } from "../../cloud/failures.ts";
import { allPages, type Page } from "../../cloud/pages.ts";
import { textOf, type XmlElement } from "../../cloud/xml.ts";
import { resultIn, type S3Api } from "./api.ts";
import { statOf } from "./stat.ts";

export type Listed = { name: ObjectName } & ObjectStat;

/** Names in one page: the most that S3 gives. */
const PAGE = "1000";

/** `root`: in front of every name, and left out of what is yielded. */
export function listNames(api: S3Api, root: string, prefix: string): AsyncGenerator<Listed> {
  const purpose = api.purpose("list objects");
  return allPages((token) => page({ api, root, purpose }, prefix, token), purpose);
}

interface Listing {
  api: S3Api;
  root: string;
  purpose: Purpose;
}

async function page({ api, root, purpose }: Listing, prefix: string, token: string): Promise<Page<Listed>> {
  const query = {
    "list-type": "2",
    prefix: root + prefix,
    "max-keys": PAGE,
    "encoding-type": "url",
    ...(token !== "" && { "continuation-token": token }),
  };
  const reply = await api.call({
    method: "GET",
    name: null,
    query,
    action: purpose.action,
    accept: [200, 404],
    result: "ListBucket",
  });
  if (reply.status === 404) throw bucketMissing(purpose);
  const found = resultIn(reply.text, "ListBucket");
  if (found === undefined) throw unusable("gave a page that is none", purpose);
  const isEncoded = textOf(found, "EncodingType") === "url";
  const items = found.children
    .filter(({ name }) => name === "Contents")
    .flatMap((item) => itemOf(item, { root, isEncoded, purpose }));
  const next = textOf(found, "IsTruncated") === "true" ? textOf(found, "NextContinuationToken") : "";
  if (next === undefined) throw unusable("gave a page without the way to the next one", purpose);
  return { items, next: next === "" ? null : next };
}

/** Empty for the mark that consoles make of a folder. */
function itemOf(
  item: XmlElement,
  { root, isEncoded, purpose }: { root: string; isEncoded: boolean; purpose: Purpose },
): Listed[] {
  const key = textOf(item, "Key") ?? "";
  const name = isEncoded ? decoded(key) : key;
  if (name === null || name === "" || !name.startsWith(root))
    throw unusable("listed a name that was not asked for", purpose);
  const own = name.slice(root.length);
  if (own === "" || own.endsWith("/")) return [];
  const said = { size: textOf(item, "Size"), tag: textOf(item, "ETag"), time: textOf(item, "LastModified") };
  return [{ name: own, ...statOf(said, purpose) }];
}

function decoded(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll("+", "%20"));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
