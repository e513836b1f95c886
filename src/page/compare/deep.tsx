/** What needs a look into files: each version held against the first, read when it is opened. */
import { useState } from "preact/hooks";
import { formatCount, formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { DataDifference, FileDifference } from "../../registry/data-changes.ts";
import { compareCommands, type WordChange } from "../../values/compare-commands.ts";
import { config } from "../config.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { Patch } from "../parts/patch.tsx";
import type { Shown } from "./comparing.ts";
import { TensorChanges } from "./tensor-changes.tsx";

export function Deep({ shows }: { shows: readonly Shown[] }) {
  const [base, ...others] = shows;
  if (base === undefined) return null;
  return (
    <>
      <h2>In detail, against {base.label}</h2>
      {others.map((other) => (
        <Pair key={`${base.label}..${other.label}`} a={base} b={other} isOpen={others.length === 1} />
      ))}
    </>
  );
}

function Pair({ a, b, isOpen: isOpenAtFirst }: { a: Shown; b: Shown; isOpen: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <details open={isOpen} class="pair" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {a.label} to {b.label}
      </summary>
      {isOpen && (
        <>
          <Commands a={a} b={b} />
          <Files a={a.label} b={b.label} />
          <h3>Code</h3>
          <Code a={a.label} b={b.label} />
        </>
      )}
    </details>
  );
}

function Commands({ a, b }: { a: Shown; b: Shown }) {
  const [before, after] = [a.show.package.run?.command ?? null, b.show.package.run?.command ?? null];
  if (before === null || after === null)
    return (
      <p class="hint">
        {before === null ? a.label : b.label} was saved, not run: there is no command to hold the other's against.
      </p>
    );
  const changes = compareCommands(before, after);
  if (changes.length === 0) return <p>Both were made by the same command.</p>;
  return (
    <>
      <h3>Words of the commands that differ</h3>
      <ul>
        {changes.map((change) => (
          <li key={`${change.at.a} ${change.at.b}`}>
            <Words change={change} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Words({ change: { a, b } }: { change: WordChange }) {
  return (
    <>
      {a.length > 0 && (
        <>
          removed <del>{a.map(display).join(" ")}</del>
        </>
      )}
      {a.length > 0 && b.length > 0 && ", "}
      {b.length > 0 && (
        <>
          added <ins>{b.map(display).join(" ")}</ins>
        </>
      )}
    </>
  );
}

function Code({ a, b }: { a: string; b: string }) {
  const report = useDocument(documents.patch(a, b));
  if (report.state === "failed" && config.mode !== "live")
    return (
      <p class="hint">
        These pages do not hold what differs in the code:{" "}
        <code>
          mvgit compare {a} {b} --patch
        </code>{" "}
        in a clone tells it.
      </p>
    );
  return <Ready of={report}>{(patch) => <Patch report={patch} />}</Ready>;
}

function Files({ a, b }: { a: string; b: string }) {
  const report = useDocument(documents.compare(a, b));
  if (report.state === "failed" && config.mode !== "live")
    return (
      <p class="hint">
        These pages do not hold what {a} and {b} differ in within their files:{" "}
        <code>
          mvgit compare {a} {b}
        </code>{" "}
        in a clone tells it.
      </p>
    );
  return (
    <Ready of={report}>
      {({ data, weights }) => (
        <>
          {data.length > 0 && <h3>Data</h3>}
          {data.map((each) => (
            <PathChanges key={each.path} of={each} />
          ))}
          {weights.length > 0 && <h3>Weights</h3>}
          {weights.map((each) => (
            <PathChanges key={each.path} of={each} />
          ))}
          {data.length + weights.length === 0 && <p>Data and weights are the same.</p>}
        </>
      )}
    </Ready>
  );
}

function PathChanges({ of: { path, a, b, added, removed, changed, moved, files, note } }: { of: DataDifference }) {
  const isFolder = a?.files !== undefined || b?.files !== undefined;
  const counts = [
    ...(added > 0 ? [`${formatCount(added)} added`] : []),
    ...(removed > 0 ? [`${formatCount(removed)} removed`] : []),
    ...(changed > 0 ? [`${formatCount(changed)} changed`] : []),
    ...(moved > 0 ? [`${formatCount(moved)} moved`] : []),
  ];
  const more = added + removed + changed + moved - files.length;
  return (
    <section class="path-changes">
      <h4>
        <bdi>{display(path)}</bdi>
      </h4>
      <p>
        {sizeWords(a)} to {sizeWords(b)}
        {isFolder && counts.length > 0 && `; files: ${counts.join(", ")}`}
      </p>
      {note !== undefined && <p class="hint">{note}</p>}
      <ul>
        {files.map((file) => (
          <li key={file.path}>
            <FileChange of={file} isWhole={!isFolder} />
          </li>
        ))}
        {more > 0 && files.length > 0 && <li>and {plural(more, "file")} more</li>}
      </ul>
    </section>
  );
}

function sizeWords(side: DataDifference["a"]): string {
  if (side === null) return "nothing";
  return side.files === undefined ? formatSize(side.size) : `${formatSize(side.size)} in ${plural(side.files, "file")}`;
}

function FileChange({ of, isWhole }: { of: FileDifference; isWhole: boolean }) {
  const { path, a, b, from, rows, tensors, members, note } = of;
  return (
    <>
      {!isWhole && (
        <>
          <bdi>{display(path)}</bdi>{" "}
        </>
      )}
      {howWords(of)}
      {from !== undefined && (
        <>
          {" "}
          from <bdi>{display(from)}</bdi>
        </>
      )}
      {a !== null && b !== null && from === undefined && !isWhole && `, ${formatSize(a)} to ${formatSize(b)}`}
      {rows !== undefined && <Rows of={rows} />}
      {note !== undefined && <div class="hint">{note}</div>}
      {tensors !== undefined && <TensorChanges of={tensors} />}
      {members !== undefined && <Members of={members} />}
    </>
  );
}

/** Members that are listed. */
const MOST_MEMBERS = 100;

function Members({ of: { b, counts, members, notes } }: { of: NonNullable<FileDifference["members"]> }) {
  const what = b.format === "parquet" ? "columns of row groups" : `files in the ${b.format}`;
  const told = (["added", "removed", "changed", "repacked", "unknown", "alike"] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${formatCount(counts[kind])} ${kind === "unknown" ? "not compared" : kind}`);
  const differing = members.filter(({ what: kind }) => kind !== "unknown");
  const size = (bytes: number | null): string => (bytes === null ? "nothing" : formatSize(bytes));
  return (
    <div>
      {what}: {told.join(", ")}
      <ul>
        {differing.slice(0, MOST_MEMBERS).map(({ name, what: kind, a, b: after }) => (
          <li key={name}>
            <bdi>{display(name)}</bdi> {kind}, {size(a)} to {size(after)}
          </li>
        ))}
        {differing.length > MOST_MEMBERS && <li>and {formatCount(differing.length - MOST_MEMBERS)} more</li>}
      </ul>
      {notes.map((note) => (
        <p class="hint" key={note}>
          {display(note)}
        </p>
      ))}
    </div>
  );
}

function Rows({ of }: { of: NonNullable<FileDifference["rows"]> }) {
  const { added, removed, changed, key, columns, byCommonColumns } = of;
  const names = (list: readonly string[]): string => list.map((name) => `'${display(name)}'`).join(", ");
  return (
    <div>
      rows: {formatCount(added)} added, {formatCount(removed)} removed
      {changed !== undefined && key !== undefined && `, of which ${formatCount(changed)} changed, by '${display(key)}'`}
      {columns !== undefined && (
        <ul>
          {columns.added.length > 0 && <li>columns added: {names(columns.added)}</li>}
          {columns.removed.length > 0 && <li>columns removed: {names(columns.removed)}</li>}
          {columns.retyped.map(({ name, a, b }) => (
            <li key={name}>
              column '{display(name)}': {a} to {b}
            </li>
          ))}
        </ul>
      )}
      {byCommonColumns === true && <div class="hint">Rows were compared by the columns that both have.</div>}
    </div>
  );
}

function howWords({ a, b, from }: FileDifference): string {
  if (from !== undefined) return "moved";
  if (a === null) return "added";
  return b === null ? "removed" : "changed";
}
