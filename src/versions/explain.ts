/** What is handed to `explain`: a text as it is, from a file, or from stdin. */
import { resolve } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { ExplainReport } from "../registry/explain/explain.ts";
import type { Registry } from "../registry/registry.ts";

/** Bytes of a file that holds a receipt. */
const CAP = 64 * 1024;

/**
 * As `Registry.explain`. `what`: also `@FILE` (from `cwd`), or `-` for what `input` gives. Throws `usage` where that
 * holds nothing.
 */
export async function explain(
  registry: Registry,
  what: string,
  { cwd, input }: { cwd: string; input: () => Promise<string> },
): Promise<ExplainReport> {
  const text = await textOf(what, { cwd, input });
  if (text.trim() !== "") return registry.explain(text, what);
  throw new MvgitError("usage", `${what === "-" ? "stdin" : `'${display(what)}'`} holds nothing`, {
    hint: "hand over a receipt, as 'mvgit receipt LABEL' prints it",
  });
}

async function textOf(what: string, { cwd, input }: { cwd: string; input: () => Promise<string> }): Promise<string> {
  if (what === "-") return input();
  if (!what.startsWith("@")) return what;
  const file = what.slice(1);
  const bytes = readUpTo(resolve(cwd, file), CAP);
  if (bytes === null)
    throw new MvgitError("usage", `there is no file '${display(file)}'`, {
      subject: display(file),
      hint: "'@FILE' names a file that holds a receipt",
    });
  return bytes.toString("utf8");
}
