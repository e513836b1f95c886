/** The code of two versions line by line, as `compare --patch` prints it. Every line of it is anybody's. */
import { display } from "../../../base/paths.ts";
import type { PatchFile, PatchReport } from "../../../registry/patch.ts";
import type { Style } from "../style.ts";

type Patch = Pick<PatchReport, "files" | "notes">;
type Hunk = NonNullable<PatchFile["hunks"]>[number];

/** Lines of a unified diff, and its notes in parentheses; none where nothing differs. */
export function patchLines({ files, notes }: Patch, style: Style): string[] {
  return [...files.flatMap((file) => fileLines(file, style)), ...notes.map((note) => style.faint(`(${note})`))];
}

function fileLines(file: PatchFile, style: Style): string[] {
  const { path, from, status, isBinary, hunks, modes } = file;
  const name = from === null ? display(path) : `${display(from)} -> ${display(path)}`;
  const isMode = modes.a !== null && modes.b !== null && modes.a !== modes.b && status !== "type";
  const words = [
    status === "type" ? "changed its type" : status,
    ...(isMode ? [`mode ${modes.a} -> ${modes.b}`] : []),
    ...(isBinary ? ["binary"] : []),
  ];
  return [style.strong(`${name} (${words.join(", ")})`), ...(hunks ?? []).flatMap((hunk) => hunkLines(hunk, style))];
}

function hunkLines({ a, b, heading, lines }: Hunk, style: Style): string[] {
  const head = `@@ -${a.start},${a.lines} +${b.start},${b.lines} @@${heading === "" ? "" : ` ${safe(heading)}`}`;
  return [
    style.faint(head),
    ...lines.flatMap(({ kind, text, isOpen, isCut }) => {
      const line = `${kind}${safe(text)}${isCut ? "…" : ""}`;
      const plain = kind === " " ? line : (kind === "+" ? style.good : style.bad)(line);
      return isOpen ? [plain, "\\ No newline at end of file"] : [plain];
    }),
  ];
}

/** Tabs are what code is made of; everything else that is not seen is shown. */
function safe(text: string): string {
  return text
    .replace(/\r$/, "")
    .split("\t")
    .map((part) => display(part))
    .join("\t");
}

/** As a block of Markdown that no line of it can end. */
export function patchBlock(patch: Patch, plain: Style): string {
  const text = patchLines(patch, plain).join("\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}diff\n${text}\n${fence}`;
}
