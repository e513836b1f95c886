/** Light or dark: as the system has it, until its user says otherwise. */
import { useState } from "preact/hooks";
import { keep, readKept } from "./kept.ts";

type Scheme = "light" | "dark" | null;

function readScheme(): Scheme {
  const kept = readKept("scheme");
  return kept === "light" || kept === "dark" ? kept : null;
}

/** Before anything is drawn: what comes later is seen as a flash. */
export function applyScheme(scheme: Scheme = readScheme()): void {
  if (scheme === null) delete document.documentElement.dataset["scheme"];
  else document.documentElement.dataset["scheme"] = scheme;
}

const NEXT = { system: "light", light: "dark", dark: null } as const;
const SIGNS = { system: "◐", light: "☀", dark: "☾" } as const;

export function SchemeButton() {
  const [scheme, set] = useState<Scheme>(readScheme);
  const now = scheme ?? "system";
  const next = NEXT[now];
  const press = (): void => {
    keep("scheme", next);
    applyScheme(next);
    set(next);
  };
  const words = `Colours: ${now === "system" ? "as the system has them" : now}`;
  return (
    <button type="button" class="icon" aria-label={words} title={words} onClick={press}>
      <span aria-hidden="true">{SIGNS[now]}</span>
    </button>
  );
}
