/** Tensors that differ between two files of weights, sorted by whatever is pressed. */
import { useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { TensorComparison } from "../../values/tensors/compare.ts";
import { COLUMNS, type ColumnName, sortTensors, type TensorChange } from "./tensor-columns.ts";

/** Rows that are drawn at first. */
const MOST = 100;

export function TensorChanges({ of: { a, b, counts, tensors, notes } }: { of: TensorComparison }) {
  const [sort, setSort] = useState<{ by: ColumnName; isDown: boolean } | null>(null);
  const [most, setMost] = useState(MOST);
  const sorted = sort === null ? tensors : sortTensors(tensors, sort);
  const told = (["added", "removed", "reshaped", "retyped", "changed", "unknown", "alike"] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${formatCount(counts[kind])} ${WORDS[kind]}`);
  const left = sumOf(counts) - tensors.length;
  return (
    <div class="tensors">
      <p>
        {a.format === b.format ? a.format : `${a.format} to ${b.format}`}: {plural(a.tensors, "tensor")} to{" "}
        {formatCount(b.tensors)}. {told.join(", ")}.
      </p>
      {notes.map((note) => (
        <p class="hint" key={note}>
          {display(note)}
        </p>
      ))}
      {tensors.length > 0 && (
        <div class="table-region" role="region" aria-label="Tensors that differ" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {COLUMNS.map(({ name, title, isNumber }) => (
                  <th scope="col" key={name} aria-sort={ariaSort(sort, name)}>
                    <button
                      type="button"
                      onClick={() => setSort({ by: name, isDown: sort?.by === name ? !sort.isDown : isNumber })}
                    >
                      {title}
                      {sort?.by === name && <span aria-hidden="true">{sort.isDown ? " ▾" : " ▴"}</span>}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, most).map((tensor) => (
                <TensorRow key={tensor.name} of={tensor} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sorted.length > most && (
        <button type="button" onClick={() => setMost(sorted.length)}>
          Show {formatCount(sorted.length - most)} more
        </button>
      )}
      {left > 0 && <p class="hint">{plural(left, "tensor")} more differ and are not listed.</p>}
    </div>
  );
}

const WORDS = {
  added: "added",
  removed: "removed",
  reshaped: "reshaped",
  retyped: "of another type",
  changed: "changed",
  unknown: "not compared by their values",
  alike: "the same",
} as const;

function sumOf(counts: TensorComparison["counts"]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, -counts.alike);
}

function ariaSort(sort: { by: string; isDown: boolean } | null, name: string): "ascending" | "descending" | "none" {
  if (sort?.by !== name) return "none";
  return sort.isDown ? "descending" : "ascending";
}

function TensorRow({ of }: { of: TensorChange }) {
  return (
    <tr>
      {COLUMNS.map(({ name, text }, at) =>
        at === 0 ? (
          <th scope="row" key={name}>
            <bdi>{display(text(of))}</bdi>
          </th>
        ) : (
          <td key={name}>{text(of)}</td>
        ),
      )}
    </tr>
  );
}
