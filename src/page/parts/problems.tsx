/** What cannot be trusted, in words. */
import { plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";

/** Lines shown at once; a hostile repository has any number. */
const MOST = 50;

export function Problems({ of }: { of: readonly string[] }) {
  if (of.length === 0) return null;
  return (
    <details class="note warn">
      <summary>{plural(of.length, "problem")}: some of it cannot be trusted</summary>
      <ul>
        {of.slice(0, MOST).map((problem, at) => (
          <li key={at}>{display(problem).slice(0, 500)}</li>
        ))}
      </ul>
      {of.length > MOST && <p>and {of.length - MOST} more; 'mvgit verify' tells them all</p>}
    </details>
  );
}
