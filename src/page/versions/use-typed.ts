/** A text that is typed: it counts at once, and stands in the address when its user pauses. */
import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds. Browsers allow few changes of the address in a second. */
const PAUSE = 250;

/** `kept`: as the address has it; it counts whenever it changes by itself. */
export function useTyped(kept: string, keep: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(kept);
  const written = useRef(kept);
  const newest = useRef(keep);
  newest.current = keep;
  if (written.current !== kept) {
    written.current = kept;
    setText(kept);
  }
  useEffect(() => {
    if (text === kept) return undefined;
    const timer = setTimeout(() => {
      written.current = text;
      newest.current(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text, kept]);
  return [text, setText];
}
