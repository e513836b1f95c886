/** YAML that other programs wrote, read strictly: one document of mappings, lists and plain texts, nothing else. */
import { pattern } from "../base/pattern.ts";
import type { Document, Node } from "yaml";

/**
 * Mappings keep their keys in a Map, so that no key can reach a prototype. Every scalar is the text that stands there.
 */
export type YamlValue = string | YamlValue[] | Map<string, YamlValue>;

export type YamlReading = { kind: "value"; value: YamlValue } | { kind: "malformed"; reason: string };

/** Mappings and lists inside each other; what people write has ten at the most. */
const MOST_DEPTH = 64;

/**
 * Reads a document. Anchors, aliases, tags, doubled keys, several documents and deep nesting are `malformed`. Scalars
 * stay texts (`1.10`, `7e12345` and `no` too): whoever wants a number parses it. The caller caps the length.
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
    Value: (_, node) => {
      if (node.anchor !== undefined) return refuse("it has an anchor");
      return node.tag === undefined || KNOWN_TAGS.has(node.tag) ? undefined : refuse("it has a tag");
    },
  });
  if (refused !== null) return { kind: "malformed", reason: refused };
  return toValue(document.toJS({ mapAsMap: true, maxAliasCount: 0 }));
}

/**
 * The one document of a text as the parser has it, null where there is none, or why it cannot be read: nesting is
 * bounded, and doubled keys are found in a time that grows with the text alone, as the parser's own look at them does
 * not.
 */
export async function parseOne(
  text: string,
  options: { schema: "failsafe" | "core"; intAsBigInt?: boolean; merge?: boolean },
): Promise<{ document: Document.Parsed | null } | { reason: string }> {
  if (isDeep(text)) return { reason: "it is nested too deeply" };
  const { isScalar, parseAllDocuments, visit } = await import("yaml");
  const documents = parseAllDocuments(text, {
    uniqueKeys: false,
    strict: true,
    stringKeys: true,
    logLevel: "silent",
    ...options,
  });
  if (!Array.isArray(documents) || documents.length > 1)
    return documents.length === 0 ? { document: null } : { reason: "it is not one YAML document" };
  const [document] = documents;
  if (document === undefined) return { document: null };
  const problem =
    document.errors[0] ??
    document.warnings.find((each) => each.code !== "TAG_RESOLVE_FAILED" || options.merge !== true);
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

/** Nodes that a document of settings may stand for, aliases counted as what they repeat. */
const MOST_NODES = 100_000;

/**
 * As people write settings: anchors, aliases and merges (`<<`) are followed, as far as they stand for a bounded number
 * of values, and a tag that only its program knows is passed over, and told; so are numbers that YAML 1.1 and 1.2 read
 * differently, which stay texts. The value has plain objects; integers that no number holds are bigint.
 */
export async function readSettingsYaml(
  text: string,
  { exact }: { exact: boolean },
): Promise<{ value: unknown; tags: string[]; ambiguous: string[] } | { reason: string }> {
  const parsed = await parseOne(text, { schema: "core", intAsBigInt: exact, merge: true });
  if ("reason" in parsed) return parsed;
  const { document } = parsed;
  if (document === null) return { value: null, tags: [], ambiguous: [] };
  const yaml = await import("yaml");
  const sizes = new Map<string, number>();
  const problem = document.contents === null ? null : weigh(document.contents, { yaml, sizes, sum: { nodes: 0 } });
  if (problem !== null) return { reason: problem };
  const tags = new Set<string>();
  const ambiguous = new Set<string>();
  yaml.visit(document, {
    Scalar(_, node) {
      if (node.type !== "PLAIN" || node.tag !== undefined || node.source === undefined || !AMBIGUOUS.test(node.source))
        return;
      node.value = node.source;
      if (ambiguous.size < 20) ambiguous.add(node.source);
    },
  });
  yaml.visit(document, {
    Node: (_, { tag }) =>
      void (tag !== undefined && !tag.startsWith("tag:yaml.org,2002:") && tags.size < 20 && tags.add(tag)),
  });
  return { value: document.toJS({ maxAliasCount: -1 }), tags: [...tags], ambiguous: [...ambiguous] };
}

/**
 * Numbers of one version of YAML that are others, or texts, in the other: `010` (8 or 10), `0o10` (a text or 8), `089`,
 * `1_000`, `0b1`, `1:30` (90 or a text). PyYAML and with it most programs read 1.1, others 1.2.
 */
const AMBIGUOUS = pattern("i")`
  ^(?:[-+]?0[0-9][0-9_]*|0o[0-7]+|[-+]?0b[01_]+|[-+]?0x[0-9a-f_]*_[0-9a-f_]*|
  [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?(?=[0-9.]*_)[0-9][0-9_]*(?:\.[0-9_]*)?)$`;

interface Weighing {
  yaml: typeof import("yaml");
  /** Of what anchors name, as far as it has been read. */
  sizes: Map<string, number>;
  sum: { nodes: number };
}

/**
 * Why a document cannot be written out, null where it can: how many nodes it has once each alias is what it repeats.
 */
function weigh(node: Node, weighing: Weighing): string | null {
  const { yaml, sizes, sum } = weighing;
  if (yaml.isAlias(node)) {
    const size = sizes.get(node.source);
    if (size === undefined) return "it has an alias of something that is not complete before it";
    sum.nodes += size;
  } else {
    const before = sum.nodes++;
    const problem = partsOf(node, yaml).reduce<string | null>((found, part) => found ?? weigh(part, weighing), null);
    if (problem !== null) return problem;
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor !== undefined) sizes.set(anchor, sum.nodes - before);
  }
  return sum.nodes > MOST_NODES ? `its aliases stand for more than ${MOST_NODES} values` : null;
}

function partsOf(node: Node, yaml: typeof import("yaml")): Node[] {
  if (!yaml.isCollection(node)) return [];
  return (node.items as unknown[])
    .flatMap((item) => (yaml.isPair(item) ? [item.key, item.value] : [item]))
    .filter((each): each is Node => yaml.isNode(each));
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
  return (
    value instanceof Map &&
    [...value].every(([key, each]) => typeof key === "string" && (each === null || isYamlValue(each)))
  );
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
