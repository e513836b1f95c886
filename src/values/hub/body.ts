/** A model card's text from a version's package, in Markdown. Every text of the package stays a text. */
import { formatSize, plural } from "../../base/counts.ts";
import { shellCommand } from "../../base/shell.ts";
import { readPerson } from "../person.ts";
import { publicText } from "../public-document.ts";
import type { HubFacts } from "./header.ts";

/** Rows of one table; the rest is counted. */
const MOST_ROWS = 200;

export function bodyOf(facts: HubFacts): string {
  const { pack } = facts;
  const author = readPerson(pack.author);
  const by = `made by ${inline(author.name)} on ${pack.time.slice(0, 10)}`;
  return [
    `# ${inline(pack.model)}`,
    `Version ${pack.version} of ${inline(pack.model)}, ${by}.`,
    ...(pack.message.trim() === "" ? [] : [`> ${inline(pack.message)}`]),
    ...section("Scores", ["score", "value"], Object.entries(pack.metrics)),
    ...section("Settings", ["setting", "value"], Object.entries(pack.params)),
    ...section(
      "Data",
      ["data", "size", "from", "BLAKE3"],
      pack.data.map(({ path, size, hash }) => [path, formatSize(size), fromOf(facts, path), hash]),
    ),
    ...section(
      "Files",
      ["file", "size", "BLAKE3"],
      facts.files.map(({ path, size, hash }) => [path, formatSize(size), hash]),
    ),
    ...training(facts),
    ...(pack.notes.length === 0 ? [] : ["## Notes", pack.notes.map((note) => `- ${inline(note)}`).join("\n")]),
    "## Which version this is",
    [
      `mvgit made it as ${inline(pack.model)}@v${pack.version}: package \`${facts.packageHash}\`, commit`,
      `\`${facts.commit}\`. The file \`.mvgit-receipt.json\` says so to \`mvgit explain\`.`,
    ].join(" "),
  ]
    .map((part) => `${part}\n`)
    .join("\n");
}

function fromOf({ origins, makers }: HubFacts, path: string): string {
  const maker = makers.get(path);
  if (maker !== undefined) return `${maker.model}@v${maker.version}`;
  const origin = origins.get(path);
  if (origin === undefined) return "";
  return origin.kind === "url" ? origin.url : shellCommand(origin.command);
}

function training({ pack: { run, from, model, code } }: HubFacts): string[] {
  const before = from === null ? [] : [`It came after ${inline(model)}@v${from}.`];
  const tree = [`The code is Git's tree \`${code.tree}\`.`];
  if (run === null) return ["## How it was made", [...before, ...tree].join(" ")];
  const command = publicText(shellCommand(run.command));
  // Longer than any fence in it.
  const longest = Math.max(2, ...[...command.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [
    "## How it was made",
    [...before, ...tree].join(" "),
    `${fence}sh\n${command.replace(/[\r\n]+/g, " ")}\n${fence}`,
  ];
}

type Cell = string | number | boolean | null;

function section(title: string, head: readonly string[], rows: readonly (readonly [string, ...Cell[]])[]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST_ROWS).map((cells) => `| ${cells.map((cell) => inline(String(cell))).join(" | ")} |`);
  const more = rows.length > MOST_ROWS ? [`and ${plural(rows.length - MOST_ROWS, "more row")}`] : [];
  return [
    `## ${title}`,
    [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...shown].join("\n"),
    ...more,
  ];
}

/** Letters of one text in the card. */
const LONGEST = 2000;

/** One line in which nothing is Markdown or HTML, without mail addresses. */
export function inline(text: string): string {
  const whole = publicText(Buffer.from(text).toString("utf8"));
  const cut = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  return cut
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~$#!]/g, "\\$&")
    .replace(/^(?=[-+=](?:\s|$|[-=]))|^(\d{1,9})(?=[.)](?:\s|$))/, "$1\\");
}
