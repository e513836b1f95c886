/** Opens the dialogue of a move; nothing at all where the page may not act. */
import { useState } from "preact/hooks";
import { MoveDialog } from "./move-dialog.tsx";
import { mayAct } from "./post.ts";
import type { MoveOf } from "./wish.ts";

/** `label`: what the button says. */
export function MoveButton({ label, ...of }: MoveOf & { label: string }) {
  const [isOpen, setOpen] = useState(false);
  if (!mayAct) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && <MoveDialog of={of} onClose={() => setOpen(false)} />}
    </>
  );
}
