/** What keys and clicks do in the table of versions. */
import { useCallback, useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { LogLine } from "../../registry/log.ts";

/** A row that is moved or drawn anew while it has the focus keeps it. */
export function useKeptFocus(region: { readonly current: HTMLDivElement | null }, active: number) {
  const held = useRef<"a" | "input" | null>(null);
  useLayoutEffect(() => {
    const element = region.current;
    if (held.current === null || element === null || element.contains(document.activeElement)) return;
    element.querySelector<HTMLElement>(`tr[data-index="${active}"] ${held.current}`)?.focus({ preventScroll: true });
  });
  useEffect(() => {
    const forget = (): void => void (held.current = null);
    document.addEventListener("pointerdown", forget);
    return () => document.removeEventListener("pointerdown", forget);
  }, []);
  return {
    onFocusIn: ({ target }: FocusEvent): void => {
      held.current = (target as Element).tagName === "A" ? "a" : "input";
    },
    // What is moved loses the focus to nothing, and a press beside it may.
    onFocusOut: ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget !== null) held.current = null;
    },
  };
}

interface Picks {
  picked: ReadonlySet<number>;
  onPick: (picked: readonly number[]) => void;
}

/** Picks one, or all from the one that was picked before. */
export function usePicking(lines: readonly LogLine[], picked: Picks["picked"], onPick: Picks["onPick"]) {
  const newest = useRef({ lines, picked, onPick });
  newest.current = { lines, picked, onPick };
  const before = useRef(-1);
  const pickOne = useCallback((index: number, isRange: boolean): void => {
    const now = newest.current;
    const line = now.lines[index];
    if (line === undefined) return;
    const next = new Set(now.picked);
    const isOn = !next.has(line.version);
    const [from, to] = isRange && before.current >= 0 ? [before.current, index] : [index, index];
    for (const { version } of now.lines.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (isOn) next.add(version);
      else next.delete(version);
    }
    before.current = index;
    now.onPick([...next]);
  }, []);
  const pickAll = (isOn: boolean): void => onPick(isOn ? lines.map(({ version }) => version) : []);
  return { pickOne, pickAll };
}

interface Keys {
  region: { readonly current: HTMLDivElement | null };
  row: number;
  count: number;
  active: number;
  onActive: (index: number) => void;
  onPick: (index: number, isRange: boolean) => void;
}

export function useKeys({ region, row, count, active, onActive, onPick }: Keys) {
  const wanted = useRef<number | null>(null);
  // A row that was not there before can be focused only once it is drawn; before the next key, which goes on from it.
  useLayoutEffect(() => {
    if (wanted.current !== active) return;
    wanted.current = null;
    const link = region.current?.querySelector<HTMLElement>(`tr[data-index="${active}"] th a`);
    link?.focus({ preventScroll: true });
  });
  const goToRow = (index: number): void => {
    const element = region.current;
    if (element === null) return;
    wanted.current = index;
    onActive(index);
    const [top, bottom] = [index * row, (index + 2) * row];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  };
  return (event: KeyboardEvent): void => {
    if (!(event.target as HTMLElement).closest("tbody") || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((region.current?.clientHeight ?? 0) / row) - 2);
    const steps: Partial<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: count - 1,
    };
    const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
    const isSpace = event.key === " " && (event.target as HTMLElement).tagName === "A";
    if (step === undefined && !isSpace) return;
    event.preventDefault();
    if (step === undefined) return onPick(active, event.shiftKey);
    const next = Math.max(0, Math.min(count - 1, step));
    goToRow(next);
    if (event.shiftKey) onPick(next, true);
  };
}
