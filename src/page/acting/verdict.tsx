/** What a move would do, and what the policy and the places that it needs say of it: before it is done. */
import { plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import { versionWord } from "../../values/label.ts";
import { When } from "../parts/when.tsx";
import type { Check, Checked } from "./check.ts";

export function Verdict({ check }: { check: Check }) {
  return (
    <div class="verdict" aria-live="polite">
      <Told check={check} />
    </div>
  );
}

function Told({ check }: { check: Check }) {
  switch (check.state) {
    case "incomplete":
      return <p class="hint">Name what is to be moved, and the policy's verdict is told here.</p>;
    case "asking":
      return <p class="loading">Asking the policy, the Git host and the remote…</p>;
    case "failed":
      return (
        <div class="failure">
          <p>{check.failure.message}</p>
          {check.failure.hint !== null && <p class="hint">{check.failure.hint}</p>}
        </div>
      );
    default:
      return <Report of={check.report} />;
  }
}

function Report({ of }: { of: Checked }) {
  const { model, stage, held, last, target, host, news, rules, stored, problems } = of;
  return (
    <>
      <p>
        {model}#{stage} holds <strong>{versionWord(held, "nothing")}</strong>
        {last !== null && (
          <>
            , since <When time={last.time} />, by <bdi>{display(last.by)}</bdi>
          </>
        )}
        . It would hold <strong>{versionWord(target, "nothing")}</strong>.
      </p>
      <ul>
        {rules.map(({ text, origin, broken }) => (
          <li key={`${origin} ${text}`}>
            <span class={broken === null ? "good" : "bad"}>{broken === null ? "kept" : "broken"}</span>
            {`: ${display(text)} `}
            <span class="hint">({display(origin)})</span>
            {broken !== null && <div class="bad">{display(broken)}</div>}
          </li>
        ))}
        {rules.length === 0 && <li>No policy asks for anything here.</li>}
        {stored !== null && (
          <li>
            <span class="good">there</span>: {plural(stored.blobs, "blob")} in {stored.remote}
          </li>
        )}
        <li>
          {host === null ? "There is no Git host: it is moved in this clone alone." : `It is moved at '${host}'.`}
        </li>
        {news > 0 && (
          <li>
            <span class="bad">not here</span>: {plural(news, "move")} of it that '{host}' has; 'git fetch' brings them
          </li>
        )}
      </ul>
      {problems.length > 0 && (
        <div class="failure">
          <p>It would be refused:</p>
          <ul>
            {problems.map(({ message, hint }) => (
              <li key={message}>
                {display(message)}
                {hint !== null && <div class="hint">{display(hint)}</div>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {problems.length === 0 && <p class="good">Nothing stands in its way.</p>}
    </>
  );
}
