/** From a hash, a receipt, a label or a file back to the version: as `mvgit explain` answers. */
import { useLayoutEffect, useState } from "preact/hooks";
import { goTo } from "../address.ts";
import { Ready } from "../parts/loading.tsx";
import { formatRoute, type Route } from "../route.ts";
import { Answer } from "./answer.tsx";
import { askedFor, useExplained } from "./explained.ts";
import { FileDrop } from "./file-drop.tsx";

export function ExplainPage({ state }: Extract<Route, { kind: "explain" }>) {
  const text = state.get("text") ?? "";
  const [typed, setTyped] = useState(text);
  useLayoutEffect(() => setTyped(text), [text]);
  const explained = useExplained(text);
  const ask = (asked: string): void => {
    const wanted = askedFor(asked);
    if (wanted !== "") goTo(formatRoute({ kind: "explain", state: { text: wanted } }));
  };
  return (
    <>
      <form
        class="explain"
        onSubmit={(event) => {
          event.preventDefault();
          ask(typed);
        }}
      >
        <label for="explain-text">A receipt, a hash or commit (7 characters at least), a label, or a move</label>
        <textarea
          id="explain-text"
          rows={3}
          spellcheck={false}
          autocomplete="off"
          value={typed}
          placeholder={'{"mvgit":1,"model":…}  ·  a1b2c3d…  ·  MODEL@v3  ·  MODEL#STAGE  ·  MODEL#STAGE#3'}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey) return;
            event.preventDefault();
            ask(typed);
          }}
        />
        <button type="submit">Explain</button>
      </form>
      <FileDrop onAsked={ask} />
      <section aria-live="polite" aria-label="Answer">
        {explained !== null && <Ready of={explained}>{(report) => <Answer report={report} />}</Ready>}
      </section>
    </>
  );
}
