/** Documents as they may be published: without the mail addresses of people. Pure. */

/** `NAME <ADDRESS>`, as Git writes a person; and an address by itself. */
const PERSON = /\s*<[^<>\s@]{1,64}@[^<>\s]{1,255}>/g;
/** Not `git@HOST:PATH`, which names a place, nor `MODEL@vN`, which has no dot behind it. */
const ADDRESS = /(?<![\w.+%-])(?!git@)[\w.+%-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])/gi;

/** What stands where an address stood. */
const ADDRESS_LEFT_OUT = "(mail address)";

export function publicText(text: string): string {
  if (!text.includes("@")) return text;
  return text.replace(PERSON, "").replace(ADDRESS, ADDRESS_LEFT_OUT);
}

/** A copy of plain data, its names included. */
export function publicDocument<T>(document: T): T {
  if (typeof document === "string") return publicText(document) as T;
  if (Array.isArray(document)) return document.map((each: unknown) => publicDocument(each)) as T;
  if (document === null || typeof document !== "object") return document;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(document)) copy[publicText(name)] = publicDocument(value);
  return copy as T;
}
