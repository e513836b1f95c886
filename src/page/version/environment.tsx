/** The environment of a version: the interpreters that ran, what was installed in each, and what else was recorded. */
import { plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { Mapping } from "../../values/document.ts";
import {
  formatPlace,
  type PackageOrigin,
  readEnvironmentRecord,
  type RecordedInterpreter,
} from "../../values/environment-record.ts";
import { Filtered } from "../parts/filtered.tsx";
import { TableRegion } from "../parts/region.tsx";
import type { VersionOf } from "./version-of.ts";
import { shownValue } from "./words.ts";

const SEEN: Readonly<Record<string, string>> = {
  command: "Told by the command's name; nothing that it started was seen.",
  guess: "Told by PATH; what the command used was not seen.",
  nothing: "No interpreter was seen.",
};
/** Told by the interpreters. */
const TOLD = ["seen", "interpreters", "packages", "python", "node"];

export function EnvironmentPart({ version: { package: pack } }: VersionOf) {
  const { seen, interpreters } = readEnvironmentRecord(pack.environment);
  const rest = Object.entries(pack.environment).filter(([name]) => seen === null || !TOLD.includes(name));
  if (interpreters.length === 0 && rest.length === 0) return <p class="faint">Nothing of it was recorded.</p>;
  return (
    <>
      {seen !== null && Object.hasOwn(SEEN, seen) && <p class="faint">{SEEN[seen]}</p>}
      {interpreters.map((each, at) => (
        <Interpreter key={at} of={each} />
      ))}
      <dl class="facts">
        {rest.flatMap(([name, value]) =>
          rowsOf(name, value).map(([key, text]) => (
            <>
              <dt key={key}>{key}</dt>
              <dd>{text}</dd>
            </>
          )),
        )}
      </dl>
    </>
  );
}

function rowsOf(name: string, value: Mapping[string]): [string, string][] {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [[display(name), shownValue(value)]];
  return Object.entries(value).map(([key, inner]) => [`${display(name)}.${display(key)}`, shownValue(inner)]);
}

function Interpreter({ of }: { of: RecordedInterpreter }) {
  const { kind, role, version, implementation, executable, prefix, packages, libraries } = of;
  const name = `${implementation || kind} ${version || "of an unknown version"}`;
  return (
    <>
      <h3>
        {display(name)} {role === "helper" && <span class="chip">beside the program</span>}
      </h3>
      <p class="faint">
        {executable !== null && <code>{display(formatPlace(executable))}</code>}
        {prefix !== null && ` in ${display(formatPlace(prefix))}${prefix.manager && `, by ${display(prefix.manager)}`}`}
      </p>
      {libraries.length > 0 && <p>{libraries.map(display).join(", ")}</p>}
      {packages === null ? (
        <p class="faint">Its packages are not known.</p>
      ) : (
        <details open={packages.length <= 30}>
          <summary>{plural(packages.length, "package")}</summary>
          <Filtered of={packages} what={`packages of ${kind}`} textOf={(each) => `${each.name} ${each.version}`}>
            {(shown) => (
              <TableRegion label={`Packages of ${kind}`}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Package</th>
                      <th scope="col">Version</th>
                      <th scope="col">From</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((each) => (
                      <tr key={each.name}>
                        <th scope="row">{display(each.name)}</th>
                        <td>{display(each.version)}</td>
                        <td class="faint">{originOf(each)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableRegion>
            )}
          </Filtered>
        </details>
      )}
    </>
  );
}

function originOf({ origin, installer }: { origin: PackageOrigin | null; installer: string | null }): string {
  if (origin === null) return installer === null ? "" : display(installer);
  const commit = origin.commit === null ? "" : ` at ${origin.commit.slice(0, 10)}`;
  return display(`${origin.kind}: ${origin.url}${commit}`);
}
