/** What differs in code, file by file, with the numbers of both sides' lines. */
import { useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { PatchReport } from "../../registry/patch.ts";
import { TableRegion } from "./region.tsx";

type PatchFile = PatchReport["files"][number];
type Hunk = NonNullable<PatchFile["hunks"]>[number];

/** Lines of a file that are drawn before somebody asks for more, and of all files that are open at first. */
const MOST = { drawn: 800, open: 400 };

/** `report`: of `registry.patch`. */
export function Patch({ report: { files, notes } }: { report: Pick<PatchReport, "files" | "notes"> }) {
  if (files.length === 0) return <p class="faint">The code is the same.</p>;
  const [added, removed] = [sum(files, "added"), sum(files, "removed")];
  let open = MOST.open;
  return (
    <>
      <p>
        {plural(files.length, "file")}, <span class="good">{plural(added, "line")} added</span>,{" "}
        <span class="bad">{formatCount(removed)} removed</span>
      </p>
      {files.map((file) => {
        open -= linesOf(file);
        return <File key={`${file.from ?? ""} ${file.path}`} file={file} isOpen={open >= 0} />;
      })}
      {notes.map((note) => (
        <p class="faint">{display(note)}</p>
      ))}
    </>
  );
}

function sum(files: readonly PatchFile[], side: "added" | "removed"): number {
  return files.reduce((all, file) => all + (file[side] ?? 0), 0);
}

function linesOf({ hunks }: PatchFile): number {
  return (hunks ?? []).reduce((all, { lines }) => all + lines.length, 0);
}

function File({ file, isOpen }: { file: PatchFile; isOpen: boolean }) {
  const [isShown, show] = useState(isOpen);
  const { path, from, status, added, removed, hunks, isBinary } = file;
  return (
    <details class="patch-file" open={isOpen} onToggle={({ currentTarget }) => show(currentTarget.open)}>
      <summary>
        <code>{from === null ? display(path) : `${display(from)} → ${display(path)}`}</code>{" "}
        {status !== "changed" && <span class="chip">{status === "type" ? "of another kind" : status}</span>}{" "}
        {added !== null && removed !== null && (
          <span class="faint">
            +{formatCount(added)} −{formatCount(removed)}
          </span>
        )}
      </summary>
      {isShown &&
        (hunks === null || hunks.length === 0 ? <p class="faint">{whyNone(file, isBinary)}</p> : <Hunks file={file} />)}
    </details>
  );
}

function whyNone({ status, hunks, modes }: PatchFile, isBinary: boolean): string {
  if (isBinary) return "It is no text.";
  if (hunks === null) return "Its lines are not shown.";
  if (modes.a !== modes.b && modes.a !== null && modes.b !== null) return `Its mode is ${modes.b}, and was ${modes.a}.`;
  return status === "renamed" ? "Its lines are the same." : "It has no lines.";
}

function Hunks({ file: { path, hunks } }: { file: PatchFile }) {
  const [most, setMost] = useState(MOST.drawn);
  const all = hunks ?? [];
  let left = most;
  const drawn = all.flatMap((hunk) => {
    const lines = hunk.lines.slice(0, Math.max(0, left));
    left -= hunk.lines.length;
    return lines.length === 0 ? [] : [{ ...hunk, lines }];
  });
  return (
    <>
      <TableRegion label={`Lines of ${path} that differ`}>
        <table class="patch">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">Before</th>
              <th scope="col">After</th>
              <th scope="col">Change</th>
              <th scope="col">Line</th>
            </tr>
          </thead>
          {drawn.map((hunk) => (
            <Lines key={`${hunk.a.start} ${hunk.b.start}`} hunk={hunk} />
          ))}
        </table>
      </TableRegion>
      {left < 0 && (
        <button type="button" onClick={() => setMost(most * 4)}>
          Show more of {plural(-left, "more line")}
        </button>
      )}
    </>
  );
}

const WORDS: Readonly<Record<string, string>> = { "+": "added", "-": "removed", " ": "" };

function Lines({ hunk: { a, b, heading, lines } }: { hunk: Hunk }) {
  let [before, after] = [a.start, b.start];
  return (
    <tbody>
      <tr class="hunk">
        <td colSpan={4}>
          Line {b.start}
          {heading !== "" && `, in ${display(heading)}`}
        </td>
      </tr>
      {lines.map(({ kind, text, isCut, isOpen }, at) => (
        <tr key={at} class={WORDS[kind]}>
          <td class="number">{kind === "+" ? "" : before++}</td>
          <td class="number">{kind === "-" ? "" : after++}</td>
          <td class="sign">
            <span aria-hidden="true">{kind}</span>
            <span class="visually-hidden">{WORDS[kind]}</span>
          </td>
          <td class="line">
            {display(text).replaceAll("\\t", "\t")}
            {isCut === true && <span class="faint"> …</span>}
            {isOpen === true && <span class="faint"> (no line feed at its end)</span>}
          </td>
        </tr>
      ))}
    </tbody>
  );
}
