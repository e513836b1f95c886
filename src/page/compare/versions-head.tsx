/** The head of the comparison: each version, whether the others are held against it, and a way to leave it out. */
import { display } from "../../base/display.ts";
import { When } from "../parts/when.tsx";
import { formatRoute } from "../route.ts";
import type { Comparing, Shown } from "./comparing.ts";

export function Versions({ labels, change, shows }: Comparing & { shows: readonly Shown[] }) {
  const hold = (against: string): void => change({ against });
  return (
    <thead>
      <tr>
        <td class="corner">
          <span class="hint">Held against</span>
        </td>
        {shows.map(({ label, show }, at) => (
          <th scope="col" key={label}>
            <div>
              <a href={formatRoute({ kind: "version", label })}>{label}</a>
              {show.retracted !== null && <span class="chip bad">retracted</span>}
            </div>
            <div class="side-facts">
              <When time={show.package.time} />
              <br />
              <bdi>{nameIn(show.package.author)}</bdi>
              {show.package.message !== "" && (
                <>
                  <br />
                  <span class="side-message" title={display(show.package.message)}>
                    <bdi>{display(show.package.message.split("\n")[0] ?? "")}</bdi>
                  </span>
                </>
              )}
            </div>
            <div class="side-tools">
              <label>
                <input type="radio" name="against" checked={at === 0} onChange={() => hold(label)} /> against
                <span class="visually-hidden"> {label}</span>
              </label>{" "}
              {labels.length > 2 && (
                <button
                  type="button"
                  aria-label={`Leave ${label} out`}
                  title="Leave it out"
                  onClick={() => change({ labels: labels.filter((other) => other !== label) })}
                >
                  ×
                </button>
              )}
            </div>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Without the address. */
function nameIn(author: string): string {
  return display(author.replace(/\s*<[^<>]*>\s*$/, ""));
}
