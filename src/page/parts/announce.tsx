/** What happened, told to those who do not see it. */
import { useEffect, useState } from "preact/hooks";

let tell: (text: string) => void = () => {};

/**
 * Is read out when whoever listens is not busy.
 *
 * @public
 */
export function announce(text: string): void {
  tell(text);
}

/** Stands once in the page. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    tell = setText;
    return () => (tell = () => {});
  }, []);
  return (
    <div class="visually-hidden" role="status">
      {text}
    </div>
  );
}
