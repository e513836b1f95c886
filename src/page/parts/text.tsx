/** Text of somebody's: never anything but text, with what cannot be seen made visible. */
import { useState } from "preact/hooks";
import { display } from "../../base/display.ts";

/** Signs shown of a long text until the rest is asked for. */
const SHOWN = 300;

/** `isLines`: its line feeds are kept. */
export function Text({ children, isLines = false }: { children: string; isLines?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const isLong = children.length > SHOWN;
  const shown = isLong && !isOpen ? `${children.slice(0, SHOWN)}…` : children;
  const seen = isLines ? shown.split("\n").map(display).join("\n") : display(shown);
  return (
    <>
      <span class={isLines ? "lines" : undefined}>{seen}</span>
      {isLong && (
        <button type="button" class="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "less" : "more"}
        </button>
      )}
    </>
  );
}
