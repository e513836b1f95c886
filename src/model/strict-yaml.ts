/** YAML that other programs wrote, read strictly: one document of mappings, lists and plain texts, nothing else. */
import type { Document } from "yaml";

/** Mappings keep their keys in a Map, so that no key can reach a prototype. Every scalar is the text that stands there. */
export type YamlValue = string | YamlValue[] | Map<string, YamlValue>;

export type YamlReading = { kind: "value"; value: YamlValue } | { kind: "malformed"; reason: string };

/** Mappings and lists inside each other; what people write has ten at the most. */
const MOST_DEPTH = 64;

/**
 * Reads a document. Anchors, aliases, tags, doubled keys, several documents and deep nesting are `malformed`. Scalars stay
 * texts (`1.10`, `7e12345` and `no` too): whoever wants a number parses it. The caller caps the length.
 */
export async function readYaml(text: string): Promise<YamlReading> {
  const parsed = await parseOne(text, { schema: "failsafe" });
  if ("reason" in parsed) return { kind: "malformed", reason: parsed.reason };
  const { document } = parsed;
  if (document === null) return { kind: "malformed", reason: "it is not one YAML document" };
  const { visit } = await import("yaml");
  let refused: string | null = null;
  const refuse = (reason: string): symbol => {
    refused = reason;
    return visit.BREAK;
  };
  visit(document, {
    Alias: () => refuse("it has an alias"),
    Value: (_, node) => (node.anchor === undefined ? (node.tag === undefined || KNOWN_TAGS.has(node.tag) ? undefined : refuse("it has a tag")) : refuse("it has an anchor")),
  });
  if (refused !== null) return { kind: "malformed", reason: refused };
  return toValue(document.toJS({ mapAsMap: true, maxAliasCount: 0 }));
}

/**
 * The one document of a text as the parser has it, null where there is none, or why it cannot be read: nesting is bounded, and
 * doubled keys are found in a time that grows with the text alone, as the parser's own look at them does not.
 */
export async function parseOne(text: string, options: { schema: "failsafe" | "core"; intAsBigInt?: boolean }): Promise<{ document: Document.Parsed | null } | { reason: string }> {
  if (isDeep(text)) return { reason: "it is nested too deeply" };
  const { isScalar, parseAllDocuments, visit } = await import("yaml");
  const documents = parseAllDocuments(text, { uniqueKeys: false, strict: true, stringKeys: true, logLevel: "silent", ...options });
  if (!Array.isArray(documents) || documents.length > 1) return documents.length === 0 ? { document: null } : { reason: "it is not one YAML document" };
  const [document] = documents;
  if (document === undefined) return { document: null };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) return { reason: (problem.message.split("\n")[0] as string).replace(/:$/, "") };
  let isDoubled = false;
  visit(document, {
    Map(_, { items }) {
      const keys = new Set(items.map(({ key }) => (isScalar(key) ? String(key.value) : key)));
      isDoubled ||= keys.size !== items.length;
      return isDoubled ? visit.BREAK : undefined;
    },
  });
  return isDoubled ? { reason: "its keys are not unique in each mapping" } : { document };
}

/** What the parser itself gives to nodes without a tag. */
const KNOWN_TAGS = new Set(["tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:str"]);

/** Looks before the parser does, which recurses: brackets of flow style, and blanks before a line's first letter. */
function isDeep(text: string): boolean {
  let flow = 0;
  let deepest = 0;
  for (const [mark] of text.matchAll(/[[{\]}]/g)) {
    flow += mark === "[" || mark === "{" ? 1 : -1;
    deepest = Math.max(deepest, flow);
    flow = Math.max(flow, 0);
  }
  return deepest > MOST_DEPTH || /^ {256}/m.test(text) || /^[ ]*(?:[-?] ){64}/m.test(text);
}

function toValue(parsed: unknown): YamlReading {
  if (isYamlValue(parsed)) return { kind: "value", value: parsed };
  return { kind: "malformed", reason: "it holds something that is neither a mapping, a list nor a text" };
}

function isYamlValue(value: unknown): value is YamlValue {
  if (typeof value === "string") return true;
  if (Array.isArray(value)) return value.every(isYamlValue);
  return value instanceof Map && [...value].every(([key, each]) => typeof key === "string" && (each === null || isYamlValue(each)));
}

/** The value of a key, undefined where there is none or `value` is no mapping. */
export function yamlGet(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value instanceof Map ? (value.get(key) ?? undefined) : undefined;
}

/** As `yamlGet`, a text only. */
export function yamlText(value: YamlValue | undefined, key: string): string | undefined {
  const found = yamlGet(value, key);
  return typeof found === "string" ? found : undefined;
}

/** As `yamlGet`, a list only; empty where there is none. */
export function yamlList(value: YamlValue | undefined, key: string): YamlValue[] {
  const found = yamlGet(value, key);
  return Array.isArray(found) ? found : [];
}
