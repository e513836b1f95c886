/** A long list with a field that narrows it, and a bound to what is drawn of it. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { formatCount } from "../../base/counts.ts";

/** Below as many rows nobody needs to search. */
const FEW = 12;
/** Rows that are drawn at once. */
const MOST = 500;

interface FilteredProps<T> {
  of: readonly T[];
  /** What they are, in the plural. */
  what: string;
  /** What is searched in one. */
  textOf: (each: T) => string;
  children: (shown: readonly T[]) => ComponentChildren;
}

export function Filtered<T>({ of, what, textOf, children }: FilteredProps<T>) {
  const [text, setText] = useState("");
  const id = useId();
  const wanted = text.trim().toLowerCase();
  const found = wanted === "" ? of : of.filter((each) => textOf(each).toLowerCase().includes(wanted));
  const told =
    found.length > MOST
      ? `the first ${MOST} of ${formatCount(found.length)} are shown`
      : `${formatCount(found.length)} of ${formatCount(of.length)}`;
  return (
    <>
      {of.length > FEW && (
        <div class="tools">
          <label for={id}>Search {what}</label>
          <input id={id} type="search" value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
          <span class="faint" role="status">
            {wanted === "" && found.length <= MOST ? `${formatCount(of.length)} in all` : told}
          </span>
        </div>
      )}
      {children(found.slice(0, MOST))}
    </>
  );
}
