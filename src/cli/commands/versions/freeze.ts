/** `mvgit freeze PATH -- CMD...`, `freeze PATH URL`, `freeze --refresh PATH` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { shellCommand } from "../../../base/shell.ts";
import { freeze as operation, type FreezeReport, type FreezeRequest } from "../../../versions/freeze.ts";
import { OBJECT_SCHEMES } from "../../../store/drivers.ts";
import { defineCommand } from "../../command.ts";
import { flag, list } from "../../options.ts";
import { formatSize } from "../../render/numbers.ts";

/** What an address may begin with. */
const SOURCES = ["https://", ...OBJECT_SCHEMES].join(", ");

export const command = defineCommand({
  arguments: "PATH [URL] [-- CMD...]",
  output: "deed",
  details: `
    Makes what a command prints, or what an address (${SOURCES}) answers, a tracked file, and records where
    it came from; secrets are masked. Nothing changes when the command fails or the download is cut. With
    --refresh, takes it again and shows what changed.
  `,
  options: {
    refresh: flag("take it again from where it came from"),
    force: flag("replace a file whose bytes no store has; the cache keeps them"),
    env: list("NAME", "the variable holds a secret of the command or address"),
    trust: flag("with --refresh: also what somebody else recorded"),
    insecure: flag("plain http:// to other machines, too"),
  },
  async run({ operands: [path = "", ...rest], separator, refresh, ...options }, session) {
    return operation(await session.repo(), {
      path,
      source: sourceOf(rest, separator, refresh),
      ...options,
      signals: session.signals,
    });
  },
  text: freezeText,
});

function sourceOf(rest: readonly string[], separator: number | null, refresh: boolean): FreezeRequest["source"] {
  if (refresh && rest.length === 0) return null;
  const [url] = rest;
  if (!refresh && separator === 1 && url !== undefined) return { command: rest };
  if (!refresh && separator === null && url !== undefined && rest.length === 1) return { url };
  throw new MvgitError(
    "usage",
    refresh
      ? "'--refresh' takes a path, and nothing else"
      : "'mvgit freeze' needs a path, and an address or a command after '--'",
    { hint: "'mvgit freeze data.csv -- CMD…', 'mvgit freeze data.csv URL', or 'mvgit freeze --refresh data.csv'" },
  );
}

const WORDS: Readonly<Record<FreezeReport["what"], string>> = {
  unchanged: "unchanged",
  new: "froze",
  changed: "froze anew",
};

function freezeText({ path, source, hash, size, what, before, rows, displaced }: FreezeReport): string {
  const from = "command" in source ? shellCommand(source.command) : display(source.url);
  const sizes =
    before === null || what === "unchanged" ? formatSize(size) : `${formatSize(before.size)} -> ${formatSize(size)}`;
  const counts = rows === null ? "" : `, rows +${rows.added} -${rows.removed}`;
  const lines = [`${WORDS[what]} ${display(path)} (${sizes}${counts}, blob ${hash.slice(0, 10)})`, `from ${from}`];
  if (displaced !== null)
    lines.push(prose`the cache keeps the old bytes of '${display(path)}' for 14 days:
      'mvgit cat --hash ${displaced.slice(0, 16)} > FILE'`);
  return lines.join("\n");
}
