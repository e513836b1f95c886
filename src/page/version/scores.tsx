/** Scores, each beside that of the version before. */
import { display } from "../../base/paths.ts";
import { formatDelta, formatScore, scoreChange } from "../../values/scores.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { TableRegion } from "../parts/region.tsx";
import type { VersionOf } from "./version-of.ts";

export function ScoresPart({ version: { package: pack } }: VersionOf) {
  const before = useDocument(pack.from === null ? null : documents.show(`${pack.model}@v${pack.from}`));
  const old = before.state === "ready" ? before.document.package.metrics : {};
  const scores = Object.entries(pack.metrics);
  if (scores.length === 0) return <p class="faint">It has none.</p>;
  return (
    <TableRegion label="Table of scores">
      <table>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col" class="number">
              Value
            </th>
            {pack.from !== null && (
              <>
                <th scope="col" class="number">
                  v{pack.from}
                </th>
                <th scope="col" class="number">
                  Change
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {scores.map(([name, value]) => {
            const was = Object.hasOwn(old, name) ? old[name] : undefined;
            return (
              <tr key={name}>
                <th scope="row">{display(name)}</th>
                <td class="number" title={String(value)}>
                  {formatScore(value)}
                </td>
                {pack.from !== null && (
                  <>
                    <td class="number">{formatScore(was)}</td>
                    <td class="number">
                      <Change of={scoreChange(name, was, value)} />
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableRegion>
  );
}

function Change({ of }: { of: ReturnType<typeof scoreChange> }) {
  if (of === null) return <></>;
  if (of.better === null) return <span class="faint">same</span>;
  return (
    <span class={of.better ? "good" : "bad"}>
      {formatDelta(of.delta)} {of.better ? "better" : "worse"}
    </span>
  );
}
