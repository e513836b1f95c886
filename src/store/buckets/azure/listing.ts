/** A container's objects, page after page. */
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { type Purpose, unusable } from "../../cloud/failures.ts";
import type { Page } from "../../cloud/pages.ts";
import type { AzureService } from "./service.ts";
import { statOf } from "./stat.ts";
import { childOf, textOf, type XmlElement } from "../../cloud/xml.ts";

export type Listed = { name: ObjectName } & ObjectStat;

/** Names in one page: the most that the service gives. */
const PAGE = 5000;

export interface Listing {
  /** What all names of the remote begin with, which is not theirs. */
  root: string;
  prefix: string;
}

/** `token`: "" for the first page. */
export async function listPage(service: AzureService, { root, prefix }: Listing, token: string): Promise<Page<Listed>> {
  const purpose = service.purpose("list objects");
  const { xml } = await service.call({
    method: "GET",
    url: service.url("", {
      restype: "container",
      comp: "list",
      maxresults: String(PAGE),
      ...(root + prefix !== "" && { prefix: root + prefix }),
      ...(token !== "" && { marker: token }),
    }),
    action: purpose.action,
    accept: [200],
    document: "EnumerationResults",
  });
  const blobs = childOf(xml ?? undefined, "Blobs");
  const next = textOf(xml ?? undefined, "NextMarker");
  if (blobs === undefined || next === undefined) throw unusable("gave a page that is none", purpose);
  return { items: blobs.children.flatMap((blob) => listedIn(blob, root, purpose)), next: next === "" ? null : next };
}

/** Empty for a folder, which accounts with folders list among the rest. */
function listedIn(blob: XmlElement, root: string, purpose: Purpose): Listed[] {
  const name = nameOf(childOf(blob, "Name"));
  if (name === null || !name.startsWith(root)) throw unusable("listed a name that was not asked for", purpose);
  const own = name.slice(root.length);
  const properties = childOf(blob, "Properties");
  if (own === "" || own.endsWith("/") || textOf(properties, "ResourceType") === "directory") return [];
  const stat = statOf(
    {
      size: textOf(properties, "Content-Length"),
      etag: textOf(properties, "Etag"),
      created: textOf(properties, "Last-Modified"),
      isFolder: false,
    },
    purpose,
  );
  return [{ name: own, ...stat }];
}

/** What XML cannot hold comes as in an address. */
function nameOf(element: XmlElement | undefined): string | null {
  if (element === undefined) return null;
  if (!/\bEncoded="true"/.test(element.attributes)) return element.text;
  try {
    return decodeURIComponent(element.text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
