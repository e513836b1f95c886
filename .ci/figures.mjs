/**
 * The figures of the house: lengths, nested ternaries, exported classes without a docstring, imports.
 *
 *   node .ci/figures.mjs [FOLDER…]     src by default; names what is above the limits
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow, importsOf, parseFile, visit } from "./sources.mjs";

export const WIDTH = 120;
export const LIMITS = { line: WIDTH, file: 400, function: 60, parameters: 5 };

/** Tables whose every row loads what it names, so that a new command or driver adds one. */
const TABLES = /^src\/(?:cli\/commands\/\w+|store\/drivers)\.ts$/;

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

/** All that is measured of one file. Lines are counted from 1. */
export function measure(file) {
  const { path, text, program, comments } = file;
  const lines = text.split("\n");
  const lineOf = lineFinder(text);
  const functions = [];
  visit(program, FUNCTIONS, (node) => {
    const [from, to] = [lineOf(node.start), lineOf(node.end)];
    if (node.body !== null) functions.push({ line: from, lines: to - from + 1, parameters: node.params.length });
  });
  const nested = [];
  visit(program, ["ConditionalExpression"], (node) => {
    for (const part of [node.test, node.consequent, node.alternate]) {
      if (bare(part).type === "ConditionalExpression") nested.push(lineOf(part.start));
    }
  });
  const isSaid = (node) =>
    comments.some(
      ({ value, end, start }) =>
        value.startsWith("*") && start < node.start && text.slice(end, node.start).trim() === "",
    );
  const bareClasses = exportedClasses(program)
    .filter(({ node }) => !isSaid(node))
    .map(({ node, name }) => ({ line: lineOf(node.start), name }));
  return {
    path,
    lines: lines.length - 1,
    long: lines.flatMap((line, index) => (line.length > WIDTH ? [index + 1] : [])),
    functions,
    nested,
    bareClasses,
    switches: comments
      .filter(({ value }) => /\b(?:ox|es)lint-disable|@ts-(?:ignore|nocheck)\b/.test(value))
      .map(({ start }) => lineOf(start)),
    imports: importsOf(file),
  };
}

/** Without brackets, and what only speaks to the compiler. */
function bare(node) {
  return /^(?:Parenthesized|TS(?:As|Satisfies|NonNull))Expression$|^TSTypeAssertion$/.test(node.type)
    ? bare(node.expression)
    : node;
}

/** Classes that others can import, with the statement that declares each. */
function exportedClasses(program) {
  const exported = program.body
    .flatMap((node) => (node.type === "ExportNamedDeclaration" ? node.specifiers : []))
    .map(({ local }) => local.name);
  return program.body.flatMap((node) => {
    const isExport = /^Export(?:Named|Default)Declaration$/.test(node.type);
    const declared = isExport ? node.declaration : node;
    const found =
      declared?.type === "VariableDeclaration"
        ? declared.declarations.map(({ id, init }) => ({ type: init?.type, name: id.name }))
        : [{ type: declared?.type, name: declared?.id?.name ?? "default" }];
    return found
      .filter(({ type, name }) => type?.startsWith("Class") && (isExport || exported.includes(name)))
      .map(({ name }) => ({ node, name }));
  });
}

function lineFinder(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Of a list of numbers: the median, the 95th percentile and the most. */
export function spread(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { median: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0 };
}

/** The circles of files that import each other: lists of paths. Types alone make none at run time, but count. */
export function circles(measures, { lazy }) {
  const edges = new Map(
    measures.map(({ path, imports }) => [path, imports.filter(({ isLazy }) => lazy || !isLazy).map(({ to }) => to)]),
  );
  return components(edges).filter((each) => each.length > 1);
}

/** Strongly connected components, after Tarjan. */
function components(edges) {
  const [index, low, stack, onStack, found] = [new Map(), new Map(), [], new Set(), []];
  const enter = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    onStack.add(node);
    for (const next of edges.get(node) ?? []) {
      if (!edges.has(next)) continue;
      if (!index.has(next)) enter(next);
      if (onStack.has(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const part = stack.splice(stack.indexOf(node));
    for (const each of part) onStack.delete(each);
    found.push(part.toSorted());
  };
  for (const node of edges.keys()) if (!index.has(node)) enter(node);
  return found;
}

/** The figures of the files as a whole. */
export function summary(measures) {
  const functions = measures.flatMap((each) => each.functions);
  return {
    files: measures.length,
    "lines of a file": spread(measures.map(({ lines }) => lines)),
    "lines of a function": spread(functions.map(({ lines }) => lines)),
    "most parameters": Math.max(0, ...functions.map(({ parameters }) => parameters)),
    [`lines above ${WIDTH}`]: measures.reduce((sum, { long }) => sum + long.length, 0),
    "nested ternaries": measures.reduce((sum, { nested }) => sum + nested.length, 0),
    "exported classes without a docstring": measures.reduce((sum, each) => sum + each.bareClasses.length, 0),
    "rules switched off": measures.reduce((sum, { switches }) => sum + switches.length, 0),
    "circles of imports": circles(measures, { lazy: false }).length,
    "circles with import()": circles(measures, { lazy: true }).length,
    "import()": measures.reduce(
      (sum, { path, imports }) => (TABLES.test(path) ? sum : sum + imports.filter(({ isLazy }) => isLazy).length),
      0,
    ),
  };
}

if (resolve(process.argv[1]) === resolve(fileURLToPath(import.meta.url))) {
  const folders = process.argv.length > 2 ? process.argv.slice(2) : ["src"];
  const measures = filesBelow(folders).map((path) => measure(parseFile(path)));
  for (const { path, lines, long, functions, nested, bareClasses, switches } of measures) {
    if (lines > LIMITS.file) console.log(`${path}: ${lines} lines`);
    for (const line of long) console.log(`${path}:${line}: a line above ${WIDTH}`);
    for (const line of nested) console.log(`${path}:${line}: a nested ternary`);
    for (const line of switches) console.log(`${path}:${line}: a rule is switched off`);
    for (const { line, name } of bareClasses) console.log(`${path}:${line}: class ${name} has no docstring`);
    for (const each of functions) {
      if (each.lines > LIMITS.function) console.log(`${path}:${each.line}: a function of ${each.lines} lines`);
      if (each.parameters > LIMITS.parameters) console.log(`${path}:${each.line}: ${each.parameters} parameters`);
    }
  }
  for (const circle of circles(measures, { lazy: true })) console.log(`circle: ${circle.join(", ")}`);
  for (const [what, figure] of Object.entries(summary(measures)))
    console.log(`${what}: ${typeof figure === "number" ? figure : Object.values(figure).join(" / ")}`);
}
