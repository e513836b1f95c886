/** What a source uses of Node and of JavaScript itself, by name: for tests of who alone may do what. */
import { builtinModules } from "node:module";
import type { Node } from "oxc-parser";
import { readSource, type Source } from "./source-code.ts";

/** One use: `{ of: "fs", name: "writeFileSync" }`, of the language's own `{ of: "Date", name: "now" }`. */
export interface Use {
  path: string;
  line: number;
  /** A module of Node's without `node:`, or a global object. */
  of: string;
  /** What is used of it: `*` for the whole, handed on, `()` for a call of it, `new` for one without arguments. */
  name: string;
  /** Of a call: its arguments. */
  given: readonly Node[];
}

/** Names of the language that are looked for where no import or declaration takes them. */
const GLOBALS = new Set(["Date", "Math", "performance", "crypto", "process", "fetch", "WebSocket", "EventSource"]);

/** Ways by which a module is had without an import. */
const LOADERS = new Set(["getBuiltinModule", "require"]);

/** `of`: the module; `name`: what of it, null for all. */
interface Known {
  of: string;
  name: string | null;
}

const found = new WeakMap<Source, readonly Use[]>();

/** Every use of a module of Node's, and of the global names above. Code in a text counts as well. */
export function usesOf(source: Source): readonly Use[] {
  const all = found.get(source) ?? findUses(source);
  found.set(source, all);
  return all;
}

function findUses(source: Source): Use[] {
  const known = knownNames(source);
  const inner = new Set<Node>();
  const calls = new Map<Node, readonly Node[]>();
  const skipped = new Set<Node>();
  for (const node of source.nodes) {
    if (node.type === "CallExpression") calls.set(node.callee, node.arguments);
    for (const each of namesOnly(node)) skipped.add(each);
  }
  const uses: Use[] = [];
  const add = (node: Node, { of, name }: Known): void =>
    void uses.push({
      path: source.path,
      line: source.lineOf(node),
      of,
      name: name ?? "*",
      given: calls.get(node) ?? [],
    });
  const destructured = new Set<Node>(
    source.nodes.flatMap((node) =>
      node.type === "VariableDeclarator" && node.id.type === "ObjectPattern" && node.init ? [node.init] : [],
    ),
  );
  for (const node of source.nodes) {
    const meant = inner.has(node) || skipped.has(node) ? null : meaning(node, known);
    if (meant === null) {
      uses.push(...textUses(source, node));
      continue;
    }
    for (const each of chainOf(node)) inner.add(each);
    if (meant.name !== null) add(node, meant);
    else if (calls.has(node)) add(node, { ...meant, name: "()" });
    else if (!destructured.has(node)) add(node, meant);
  }
  for (const node of source.nodes) {
    if (node.type === "VariableDeclarator" && node.id.type === "ObjectPattern" && node.init) {
      const from = meaning(node.init, known);
      if (from?.name === null) for (const name of keysOf(node.id)) add(node, { of: from.of, name });
    }
    if (node.type === "NewExpression" && node.arguments.length === 0)
      if (meaning(node.callee, known)?.of === "Date") add(node, { of: "Date", name: "new" });
    for (const part of handedOn(node)) add(node, part);
  }
  return uses.filter(({ of, name }) => !(of === "Date" && name === "*"));
}

/** What a source exports again of a module of Node's. */
function handedOn(node: Node): Known[] {
  if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportAllDeclaration") return [];
  const of = node.source && node.exportKind !== "type" ? moduleOf(node.source.value) : null;
  if (of === null) return [];
  if (node.type === "ExportAllDeclaration") return [{ of, name: "*" }];
  return node.specifiers.map(({ local }) => partOf(of, nameOf(local)));
}

/** What the names of a source stand for, by imports and by declarations that load a module. */
function knownNames(source: Source): Map<string, Known> {
  const known = new Map<string, Known>([...GLOBALS].map((name) => [name, { of: name, name: null }]));
  for (const node of source.nodes) {
    for (const name of declaredBy(node)) if (known.get(name)?.of === name) known.delete(name);
    if (node.type === "ImportDeclaration") {
      for (const each of node.specifiers) {
        known.delete(each.local.name);
        const of = moduleOf(node.source.value);
        if (of === null || node.importKind === "type") continue;
        if (each.type !== "ImportSpecifier") known.set(each.local.name, { of, name: null });
        else if (each.importKind !== "type") known.set(each.local.name, partOf(of, nameOf(each.imported)));
      }
    }
  }
  // Also of one that was declared by another.
  for (let count = -1; count !== known.size;) {
    count = known.size;
    for (const node of source.nodes) {
      if (node.type !== "VariableDeclarator" || !node.init) continue;
      const from = meaning(node.init, known);
      if (from === null || from.name !== null) continue;
      if (node.id.type === "Identifier") known.set(node.id.name, from);
      if (node.id.type === "ObjectPattern")
        for (const [local, name] of bindingsOf(node.id)) known.set(local, { of: from.of, name });
    }
  }
  return known;
}

/** Names that a declaration, or a parameter, takes from the language's own. */
function declaredBy(node: Node): string[] {
  if (node.type === "FunctionDeclaration") return [...(node.id ? [node.id.name] : []), ...node.params.flatMap(boundBy)];
  if (node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression")
    return node.params.flatMap(boundBy);
  return node.type === "VariableDeclarator" ? boundBy(node.id) : [];
}

function boundBy(pattern: Node): string[] {
  if (pattern.type === "Identifier") return [pattern.name];
  if (pattern.type === "AssignmentPattern") return boundBy(pattern.left);
  if (pattern.type === "ArrayPattern") return pattern.elements.flatMap((each) => (each ? boundBy(each) : []));
  return pattern.type === "ObjectPattern" ? bindingsOf(pattern).map(([local]) => local) : [];
}

function moduleOf(name: string): string | null {
  if (name.startsWith("node:")) return name.slice("node:".length);
  return builtinModules.includes(name) ? name : null;
}

/** What an expression stands for; null for what is none of ours. */
function meaning(node: Node, known: ReadonlyMap<string, Known>): Known | null {
  if (node.type === "AwaitExpression") return meaning(node.argument, known);
  if (node.type === "Identifier") return known.get(node.name) ?? null;
  if (node.type === "ImportExpression") return loaded(node.source);
  if (node.type === "CallExpression") {
    const { callee } = node;
    const called = callee.type === "MemberExpression" && !callee.computed ? callee.property : callee;
    return called.type === "Identifier" && LOADERS.has(called.name) ? loaded(node.arguments[0]) : null;
  }
  if (node.type !== "MemberExpression") return null;
  const name = !node.computed || node.property.type === "Literal" ? nameOf(node.property) : null;
  if (node.object.type === "Identifier" && /^global(?:This)?$/.test(node.object.name))
    return name !== null && GLOBALS.has(name) ? { of: name, name: null } : null;
  const from = meaning(node.object, known);
  if (from === null || from.name !== null) return null;
  return partOf(from.of, name ?? "*");
}

/** `promises` has the same functions, and `default` all; who waits for an import gets all. */
function partOf(of: string, name: string | null): Known {
  if (name === "then") return { of, name: "*" };
  return { of, name: name === "promises" || name === "default" ? null : name };
}

function loaded(name: Node | undefined): Known | null {
  const of = name?.type === "Literal" && typeof name.value === "string" ? moduleOf(name.value) : null;
  return of === null ? null : { of, name: null };
}

/** Expressions within one that stands for something, which stand for nothing of their own. */
function chainOf(node: Node): Node[] {
  if (node.type === "MemberExpression") return [node.object, node.property, ...chainOf(node.object)];
  if (node.type === "AwaitExpression") return [node.argument, ...chainOf(node.argument)];
  if (node.type === "CallExpression") return [node.callee, ...chainOf(node.callee)];
  return [];
}

/** Parts of a node that only name: types, keys, what is imported or declared. */
function namesOnly(node: Node): Node[] {
  if (node.type === "ImportSpecifier") return [node.imported, node.local];
  if (node.type === "ImportDefaultSpecifier" || node.type === "ImportNamespaceSpecifier") return [node.local];
  if (node.type === "TSQualifiedName") return [node.left, node.right];
  if (node.type === "TSTypeReference") return [node.typeName];
  if (node.type === "TSTypeQuery") return [node.exprName];
  if (node.type === "Property") return !node.computed && node.key !== node.value ? [node.key] : [];
  if (node.type === "PropertyDefinition" || node.type === "MethodDefinition") return node.computed ? [] : [node.key];
  if (node.type === "TSPropertySignature" || node.type === "TSMethodSignature") return [node.key];
  if (node.type === "MemberExpression") return node.computed ? [] : [node.property];
  if (node.type === "VariableDeclarator") return node.id.type === "Identifier" ? [node.id] : [];
  if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") return [...node.params];
  if (node.type === "ArrowFunctionExpression") return [...node.params];
  return [];
}

function keysOf(pattern: Extract<Node, { type: "ObjectPattern" }>): string[] {
  return bindingsOf(pattern).map(([, name]) => name);
}

/** Local names, each with that of what it is. */
function bindingsOf(pattern: Extract<Node, { type: "ObjectPattern" }>): [string, string][] {
  return pattern.properties.flatMap((each): [string, string][] =>
    each.type === "Property" ? boundFrom(each.value, nameOf(each.key) ?? "*") : [],
  );
}

/** `{ promises: { rm } }` names what is within, and `{ rm = other }` what it is mostly. */
function boundFrom(value: Node, name: string): [string, string][] {
  if (value.type === "Identifier") return [[value.name, name]];
  if (value.type === "AssignmentPattern") return boundFrom(value.left, name);
  return value.type === "ObjectPattern" ? bindingsOf(value) : [];
}

function nameOf(node: Node): string | null {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && typeof node.value === "string" ? node.value : null;
}

/** A text that loads modules is code, for another thread. */
function textUses(source: Source, node: Node): Use[] {
  if (node.type !== "TemplateElement" || !/\brequire\("node:/.test(node.value.raw)) return [];
  const line = source.lineOf(node);
  return usesOf(readSource(source.path, node.value.cooked ?? node.value.raw)).map((use) => ({ ...use, line }));
}
