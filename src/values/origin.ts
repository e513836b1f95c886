/**
 * Where frozen bytes came from: the `source.*` keys of a pointer. A command is its words as a JSON array, an address
 * stands as it was typed; secrets in both are `${NAME}`, and their names are in `source.secrets`.
 */
import { decodeSourceValue, encodeSourceValue } from "./source-value.ts";

/**
 * What can be taken again. `folder`: where the command starts, relative to the top of the work tree; "" for the top.
 */
export type Origin =
  | { kind: "command"; command: string[]; folder: string; secrets: string[] }
  | { kind: "url"; url: string; secrets: string[] };

const SOURCE = "source.";

/**
 * The keys for an origin and for what was learned of the bytes (`time`, `etag`, …); values that are empty are left
 * out.
 */
export function originKeys(origin: Origin, facts: ReadonlyMap<string, string>): Map<string, string> {
  const values = new Map(facts);
  if (origin.kind === "command") values.set("command", JSON.stringify(origin.command)).set("folder", origin.folder);
  else values.set("url", origin.url);
  values.set("secrets", origin.secrets.join(" "));
  return new Map(
    [...values].filter(([, text]) => text !== "").map(([name, text]) => [`${SOURCE}${name}`, encodeSourceValue(text)]),
  );
}

/** What `freeze` recorded in a pointer's extra keys; null where it recorded nothing (an import did, or nobody). */
export function readOrigin(extra: ReadonlyMap<string, string>): (Origin & { time: string }) | null {
  const get = (name: string): string => decodeSourceValue(extra.get(`${SOURCE}${name}`) ?? "");
  const [time, url, words] = [get("time"), get("url"), commandOf(get("command"))];
  const secrets = get("secrets")
    .split(" ")
    .filter((name) => name !== "");
  if (time === "" || (words === null) === (url === "")) return null;
  return words === null
    ? { kind: "url", url, secrets, time }
    : { kind: "command", command: words, folder: get("folder"), secrets, time };
}

function commandOf(text: string): string[] | null {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === "string") ? words : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A pointer's extra keys without what says where its bytes came from: for other bytes. */
export function withoutOrigin(extra: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...extra].filter(([key]) => !key.startsWith(SOURCE)));
}
