/** Keys that lead through the page, and the list of them. None counts while one types. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { goTo } from "../address.ts";
import { config } from "../config.ts";
import { formatRoute } from "../route.ts";
import { keep, readKept } from "./kept.ts";

const PLACES: Readonly<Record<string, { words: string; to: string }>> = {
  m: { words: "models", to: formatRoute({ kind: "models" }) },
  e: { words: "explain", to: formatRoute({ kind: "explain" }) },
  ...(config.mode === "live" && { r: { words: "runs", to: formatRoute({ kind: "runs" }) } }),
};

const IN_TABLES: readonly (readonly [string[], string])[] = [
  [["↑", "↓", "Home", "End", "PgUp", "PgDn"], "move from row to row"],
  [["Space"], "pick a row"],
  [["Shift", "↑ ↓"], "pick rows on the way"],
  [["Shift", "click on a head"], "sort by another column as well"],
];

/** Milliseconds within which the second key follows `g`. */
const PAUSE = 1500;

export function Shortcuts() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOn, setOn] = useState(() => readKept("keys") !== "off");
  const open = (): void => dialog.current?.showModal();
  // Before the next key can come: an effect that waits for a frame would let one more count.
  useLayoutEffect(() => (isOn ? listen(open) : undefined), [isOn]);
  const toggle = (): void => {
    keep("keys", isOn ? "off" : null);
    setOn(!isOn);
  };
  return (
    <>
      <button type="button" class="icon" aria-label="Keys" title="Keys (?)" onClick={open}>
        <span aria-hidden="true">?</span>
      </button>
      <dialog ref={dialog} aria-labelledby="keys-head" class="keys">
        <h2 id="keys-head">Keys</h2>
        <KeyList />
        <p>
          <label>
            <input type="checkbox" checked={isOn} onChange={toggle} /> Keys without Ctrl count
          </label>
        </p>
        <form method="dialog">
          <button class="main">Close</button>
        </form>
      </dialog>
    </>
  );
}

function KeyList() {
  return (
    <dl class="facts">
      <Key keys={["?"]}>this list</Key>
      <Key keys={["/"]}>to the filter, or the first field of the page</Key>
      {Object.entries(PLACES).map(([key, { words }]) => (
        <Key key={key} keys={["g", key]}>
          go to {words}
        </Key>
      ))}
      {IN_TABLES.map(([keys, words]) => (
        <Key key={words} keys={keys}>
          in the table of versions: {words}
        </Key>
      ))}
    </dl>
  );
}

function Key({ keys, children }: { keys: readonly string[]; children: ComponentChildren }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{children}</dd>
    </>
  );
}

function listen(open: () => void): () => void {
  let since = -Infinity;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const isSecond = event.timeStamp - since < PAUSE;
    since = -Infinity;
    if (isSecond && Object.hasOwn(PLACES, event.key)) goTo(PLACES[event.key]?.to ?? "");
    else if (event.key === "?") open();
    else if (event.key === "g") since = event.timeStamp;
    else if (event.key !== "/" || !focusField()) return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

const FIELDS = "input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea";

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.closest(`${FIELDS}, select, dialog`) !== null)
  );
}

function focusField(): boolean {
  const field = document.querySelector<HTMLInputElement>(`[data-filter], main :is(${FIELDS})`);
  field?.focus();
  field?.select();
  return field !== null;
}
