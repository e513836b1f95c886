/** Settings that a version was made with, and where each came from. */
import { display } from "../../base/paths.ts";
import { Filtered } from "../parts/filtered.tsx";
import { TableRegion } from "../parts/region.tsx";
import type { VersionOf } from "./version-of.ts";
import { shownValue } from "./words.ts";

export function SettingsPart({ version: { package: pack } }: VersionOf) {
  const { params, origins = {} } = pack;
  const rows = Object.entries(params).map(([name, value]) => ({
    name: display(name),
    value: shownValue(value),
    origin: Object.hasOwn(origins, name) ? display(origins[name] as string) : "",
  }));
  if (rows.length === 0) return <p class="faint">It has none.</p>;
  const withOrigin = rows.some(({ origin }) => origin !== "");
  return (
    <Filtered of={rows} what="settings" textOf={({ name, value, origin }) => `${name} ${value} ${origin}`}>
      {(shown) => (
        <TableRegion label="Table of settings">
          <table>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col">Value</th>
                {withOrigin && <th scope="col">From</th>}
              </tr>
            </thead>
            <tbody>
              {shown.map(({ name, value, origin }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <code>{value}</code>
                  </td>
                  {withOrigin && <td class="faint">{origin}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </TableRegion>
      )}
    </Filtered>
  );
}
