/** The stages that a version was in, and when. */
import { display } from "../../base/paths.ts";
import { periodsOf } from "../../values/stage-times.ts";
import { TableRegion } from "../parts/region.tsx";
import { When } from "../parts/when.tsx";
import { formatRoute } from "../route.ts";
import type { VersionOf } from "./version-of.ts";

export function StagesPart({ version: { package: pack, events } }: VersionOf) {
  const periods = periodsOf(events, pack.version).toSorted((a, b) => Date.parse(b.from.time) - Date.parse(a.from.time));
  if (periods.length === 0) return <p class="faint">It was in no stage.</p>;
  return (
    <TableRegion label="Table of stages">
      <table>
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Since</th>
            <th scope="col">Until</th>
            <th scope="col">By</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {periods.map(({ stage, from: since, to: until }) => (
            <tr key={`${stage}#${since.event}`}>
              <th scope="row">
                <a href={formatRoute({ kind: "stages", model: pack.model })}>{stage}</a>{" "}
                <span class="faint">#{since.event}</span> {since.signed && <span class="chip good">signed</span>}
              </th>
              <td>
                <When time={since.time} />
              </td>
              <td>{until === null ? "now" : <When time={until.time} />}</td>
              <td>{display(since.by)}</td>
              <td>
                {display(since.reason)}
                {until !== null && until.reason !== "" && (
                  <span class="faint"> · taken away: {display(until.reason)}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableRegion>
  );
}
