/** One cell of the table of versions. All of it is text of somebody's. */
import { display } from "../../base/display.ts";
import type { LogLine } from "../../registry/log.ts";
import { formatDelta, scoreChange } from "../../values/scores.ts";
import type { Column } from "../../values/version-columns.ts";
import { formatRoute } from "../route.ts";
import { textOf } from "./cell-text.ts";

const NUMBERS = new Set<Column["kind"]>(["number", "age", "size", "duration", "score"]);

export function isNumber({ kind, id }: Column): boolean {
  return NUMBERS.has(kind) && id !== "version";
}

export interface CellProps {
  line: LogLine;
  column: Column;
  /** Milliseconds since 1970. */
  now: number;
  /** The version that this one came from. */
  before: LogLine | undefined;
}

export function Cell({ line, column, now, before }: CellProps) {
  const text = display(textOf(line, column, now));
  if (column.id === "stage") return <Stages line={line} />;
  if (column.id === "time") return <time dateTime={line.time}>{text}</time>;
  if (column.kind === "score") return <Score {...{ line, column, text, before }} />;
  if (column.kind === "flag") return <>{text}</>;
  return text === "" ? <span class="faint">–</span> : <>{text}</>;
}

/** The whole of a cell that may be cut, to be read on hover. */
export function wholeText({ line, column }: Pick<CellProps, "line" | "column">): string {
  if (column.id === "time") return line.time;
  const value = column.of(line);
  return value === null ? "" : display(Array.isArray(value) ? value.join(", ") : String(value)).slice(0, 2000);
}

function Stages({ line }: { line: LogLine }) {
  return (
    <>
      {line.stages.slice(0, 8).map((stage) => (
        <span key={stage} class="chip stage">
          {display(stage)}
        </span>
      ))}
    </>
  );
}

/** With a mark of how it moved since the version that this one came from. */
function Score({ line, column, text, before }: Omit<CellProps, "now"> & { text: string }) {
  const [now, old] = [column.of(line), before === undefined ? null : column.of(before)];
  if (now === null) return <span class="faint">–</span>;
  const change = typeof old === "number" && typeof now === "number" ? scoreChange(nameOf(column), old, now) : null;
  if (change === null || change.better === null) return <>{text}</>;
  const { delta, better } = change;
  const words = `${better ? "better" : "worse"} than v${before?.version ?? ""} by ${formatDelta(delta)}`;
  return (
    <span title={words}>
      {text}
      <span class={`mark ${better ? "good" : "bad"}`} aria-hidden="true">
        {delta > 0 ? "▲" : "▼"}
      </span>
      <span class="visually-hidden">, {words}</span>
    </span>
  );
}

function nameOf({ id }: Column): string {
  return id.slice(id.indexOf(".") + 1);
}

/** The version itself: the head of its row. */
export function VersionCell({ line, isActive, onFocus }: { line: LogLine; isActive: boolean; onFocus: () => void }) {
  return (
    <>
      <a
        href={formatRoute({ kind: "version", label: `${line.model}@v${line.version}` })}
        tabIndex={isActive ? 0 : -1}
        onFocus={onFocus}
      >
        v{line.version}
      </a>
      {line.retracted !== null && (
        <span class="chip bad" title={display(line.retracted.text).slice(0, 2000)}>
          retracted
        </span>
      )}
      {line.notes.length > 0 && <Notes line={line} />}
    </>
  );
}

function Notes({ line: { notes } }: { line: LogLine }) {
  const words = notes.map(({ text, by }) => `${display(text)} (${display(by)})`).join("; ");
  return (
    <span class="note-mark" title={words.slice(0, 2000)}>
      <span aria-hidden="true">✎</span>
      <span class="visually-hidden">, note: {words.slice(0, 300)}</span>
    </span>
  );
}
