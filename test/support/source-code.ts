/** The project's own sources as a parser sees them, for tests of what they say and call: no layout hides anything. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, parseSync, visitorKeys } from "oxc-parser";
import { ROOT } from "./cli.ts";

/** A parsed file of `src/`. */
export interface Source {
  /** `src/…/name.ts` */
  path: string;
  /** Every node of it, outer ones first. */
  nodes: readonly Node[];
  /** The code of a node, its white space folded. */
  codeOf(node: Node): string;
  lineOf(node: Node): number;
}

/** What the program may say: a literal, or what `+` glues, as its literal parts and the code of values between them. */
export interface Text {
  line: number;
  parts: readonly (string | { code: string })[];
}

/** Every source of the project. */
export function allSources(): Source[] {
  const found = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .toSorted()
    .map((path) => readSource(join("src", path), readFileSync(join(ROOT, "src", path), "utf8")));
  if (found.length < 100) throw new Error(`only ${found.length} sources were found`);
  return found;
}

/** Parses a source. Throws for what is no TypeScript. */
export function readSource(path: string, code: string): Source {
  const { program, errors } = parseSync(path, code, { preserveParens: false });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const nodes: Node[] = [];
  collect(program, nodes);
  return {
    path,
    nodes,
    codeOf: ({ start, end }) => code.slice(start, end).replace(/\s+/g, " "),
    lineOf: ({ start }) => code.slice(0, start).split("\n").length,
  };
}

function collect(node: Node, into: Node[]): void {
  into.push(node);
  for (const key of visitorKeys[node.type] ?? []) {
    const value = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[key];
    for (const each of Array.isArray(value) ? value : [value]) if (each) collect(each, into);
  }
}

/** All texts of a source; one inside a value of another is a text of its own too. */
export function textsOf(source: Source): Text[] {
  const glued = new Set<Node>();
  const texts: Text[] = [];
  for (const node of source.nodes) {
    const isGlue = isPlus(node);
    if (isGlue && !glued.has(node) && isText(node))
      texts.push({ line: source.lineOf(node), parts: joined(partsOf(node, source)) });
    if (isGlue && (glued.has(node) || isText(node))) for (const side of [node.left, node.right]) glued.add(side);
    if (!isGlue && !glued.has(node) && isLiteral(node))
      texts.push({ line: source.lineOf(node), parts: joined(partsOf(node, source)) });
  }
  return texts;
}

/** The text with each value as one word X. */
export function asWords({ parts }: Text): string {
  return parts.map((part) => (typeof part === "string" ? part : "X")).join("");
}

/** Literals that stand beside each other as one. */
function joined(parts: Text["parts"]): Text["parts"] {
  const all: (string | { code: string })[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else all.push(part);
  }
  return all;
}

type Plus = Extract<Node, { type: "BinaryExpression" }>;

function isPlus(node: Node): node is Plus {
  return node.type === "BinaryExpression" && node.operator === "+";
}

function isLiteral(node: Node): boolean {
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
}

/** Whether a literal is glued by it: a sum of numbers is no text. */
function isText(node: Node): boolean {
  return isPlus(node) ? isText(node.left) || isText(node.right) : isLiteral(node);
}

function partsOf(node: Node, source: Source): Text["parts"] {
  if (isPlus(node) && isText(node)) return [...partsOf(node.left, source), ...partsOf(node.right, source)];
  if (node.type === "Literal" && typeof node.value === "string") return [node.value];
  if (node.type !== "TemplateLiteral") return [{ code: source.codeOf(node) }];
  return node.quasis.flatMap((quasi, at) => {
    const value = node.expressions[at];
    const { raw, cooked } = quasi.value;
    // A line break of the source itself is a blank: in `prose`, and in help, which is wrapped.
    const said = raw.includes("\n") ? (cooked ?? raw).replace(/[ \t]*\n\s*/g, " ") : (cooked ?? raw);
    return value === undefined ? [said] : [said, { code: source.codeOf(value) }];
  });
}

/** A call by the function's own name, whether of an object or not, and the words of arrays that it is given. */
export interface Call {
  line: number;
  /** `run` of `git.run([…])`. */
  name: string;
  /** Whether it is called as a method of something. */
  isMethod: boolean;
  /** The code of what it is a method of; empty for none. */
  object: string;
  first: Node | undefined;
}

export function callsOf(source: Source): Call[] {
  return source.nodes.flatMap((node) => {
    if (node.type !== "CallExpression") return [];
    const { callee } = node;
    const isMethod = callee.type === "MemberExpression";
    const named: Node = isMethod ? callee.property : callee;
    const isWord = named.type === "Literal" && typeof named.value === "string";
    const word = isWord ? String(named.value) : null;
    const name = named.type === "Identifier" || named.type === "PrivateIdentifier" ? named.name : word;
    const object = isMethod ? source.codeOf(callee.object) : "";
    return name === null ? [] : [{ line: source.lineOf(node), name, isMethod, object, first: node.arguments[0] }];
  });
}

/** The literal words of an array, at any depth below it; null for what is none. */
export function wordsOf(node: Node | undefined): string[] | null {
  if (node?.type !== "ArrayExpression") return null;
  const below: Node[] = [];
  collect(node, below);
  return below.flatMap((each) => (each.type === "Literal" && typeof each.value === "string" ? [each.value] : []));
}
