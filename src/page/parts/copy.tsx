/** A text that can be taken along: a hash, a command. */
import { useState } from "preact/hooks";
import { display } from "../../base/display.ts";
import { announce } from "./announce.tsx";

/**
 * `what`: named to those who do not see it, as `the hash`. `short`: shown in place of the whole.
 *
 * @public
 */
export function Copyable({ text, what, short }: { text: string; what: string; short?: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    const went = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    announce(went ? `${what} was copied` : `the browser did not let ${what} be copied`);
    setDone(went);
    if (went) setTimeout(() => setDone(false), 1500);
  };
  return (
    <span class="copyable">
      <code title={short === undefined ? undefined : display(text)}>{display(short ?? text)}</code>
      <button type="button" class="plain" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        {isDone ? "copied" : "copy"}
      </button>
    </span>
  );
}
