/** The field for a filter: what is wrong with it stands below, and names and values are offered while one types. */
import { useId, useRef, useState } from "preact/hooks";
import { display } from "../../base/display.ts";
import type { LogLine } from "../../registry/log.ts";
import type { Columns } from "../../values/version-columns.ts";
import type { WhereProblem } from "../../values/where.ts";
import { completed, type Offer, offersAt } from "./completion.ts";

interface FilterProps {
  text: string;
  problem: WhereProblem | null;
  columns: Columns;
  lines: readonly LogLine[];
  onText: (text: string) => void;
}

export function FilterField({ text, problem, columns, lines, onText }: FilterProps) {
  const id = useId();
  const { input, offer, chosen, look, take, leave, onKeyDown } = useOffers({ text, columns, lines, onText });
  return (
    <div class="filter">
      <label for={`${id}f`}>Filter</label>
      <div class="filter-field">
        <input
          id={`${id}f`}
          ref={input}
          data-filter
          class="mono"
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="accuracy > 0.9 and lr < 0.01 and stage = production"
          value={text}
          aria-expanded={offer !== null}
          aria-controls={`${id}l`}
          aria-autocomplete="list"
          aria-invalid={problem !== null}
          aria-describedby={`${id}p`}
          {...(chosen >= 0 && { "aria-activedescendant": `${id}o${chosen}` })}
          onInput={({ currentTarget }) => (onText(currentTarget.value), look())}
          onKeyDown={onKeyDown}
          onBlur={leave}
        />
        <ul id={`${id}l`} role="listbox" aria-label="Names and values" hidden={offer === null}>
          {offer?.words.map((word, at) => (
            <li
              key={word}
              id={`${id}o${at}`}
              role="option"
              aria-selected={at === chosen}
              // Before the field loses the focus.
              onMouseDown={(event) => (event.preventDefault(), take(word))}
            >
              {display(word)}
            </li>
          ))}
        </ul>
      </div>
      <div id={`${id}p`} role="status" class="filter-problem">
        {problem !== null && <Problem text={text} problem={problem} />}
      </div>
    </div>
  );
}

/** What is offered while one types, and how it is taken. */
function useOffers({ text, columns, lines, onText }: Omit<FilterProps, "problem">) {
  const input = useRef<HTMLInputElement>(null);
  const [offer, setOffer] = useState<Offer | null>(null);
  const [chosen, setChosen] = useState(-1);
  const look = (): void => {
    const field = input.current;
    setOffer(field === null ? null : offersAt(field.value, field.selectionStart ?? field.value.length, columns, lines));
    setChosen(-1);
  };
  const leave = (): void => setOffer(null);
  const take = (word: string): void => {
    if (offer === null) return;
    const next = completed(text, offer, word);
    onText(next.text);
    leave();
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (offer === null) return event.key === "ArrowDown" ? look() : undefined;
    const count = offer.words.length;
    if (event.key === "Escape") leave();
    else if (event.key === "ArrowDown") setChosen((chosen + 1) % count);
    else if (event.key === "ArrowUp") setChosen(chosen <= 0 ? count - 1 : chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) take(offer.words[chosen] as string);
    else return;
    event.preventDefault();
  };
  return { input, offer, chosen, look, take, leave, onKeyDown };
}

/** Signs shown before what is wrong. */
const AROUND = 24;

function Problem({ text, problem: { at, length, message, hint } }: { text: string; problem: WhereProblem }) {
  const from = Math.max(0, at - AROUND);
  const marked = text.slice(at, at + Math.max(1, length)).slice(0, 80);
  return (
    <>
      <p>
        <span class="bad">At character {at + 1}:</span> {display(message)}
        {hint !== null && <span class="faint">; {display(hint)}</span>}
      </p>
      {text.length > 0 && (
        <p class="mono" aria-hidden="true">
          {from > 0 && "…"}
          {display(text.slice(from, at))}
          <mark>{marked === "" ? "⎵" : display(marked)}</mark>
          {display(text.slice(at + marked.length, at + marked.length + AROUND))}
        </p>
      )}
    </>
  );
}
