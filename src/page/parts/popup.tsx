/** What opens below a button and lies over the page, until one leaves it or presses Escape. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useId, useRef, useState } from "preact/hooks";

export function Popup({ name, children }: { name: string; children: ComponentChildren }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const leave = ({ target }: Event): void => {
      if (!place.current?.contains(target as Node)) setOpen(false);
    };
    // Also where what had the focus is gone.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("keydown", onKeyDown);
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen]);
  return (
    <div class="popup" ref={place}>
      <button type="button" ref={button} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        {name} <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div id={id} class="popup-body" role="group" aria-label={name}>
          {children}
        </div>
      )}
    </div>
  );
}
