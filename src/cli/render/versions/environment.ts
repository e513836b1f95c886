/** The environment of a version as `show` prints it. */
import { display } from "../../../base/paths.ts";
import type { Mapping, Value } from "../../../values/document.ts";
import { readEnvironmentRecord, type RecordedInterpreter, type Seen } from "../../../values/environment-record.ts";
import { plural } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";

const SEEN: Readonly<Record<Exclude<Seen, "processes">, string>> = {
  command: "by the command's name; nothing that it started was seen",
  guess: "by PATH: what the command used was not seen",
  nothing: "none was seen",
};
/** Letters that are shown of what is no plain value. */
const LONGEST = 160;
/** Told by the rows of interpreters. */
const OF_INTERPRETERS = ["seen", "interpreters", "packages", "python", "node"];

/** Interpreters first, then each value of each section. */
export function environmentRows(environment: Mapping): string[][] {
  const { seen, interpreters } = readEnvironmentRecord(environment);
  const told =
    seen === null
      ? []
      : interpreters.map((each) => [
          each.role === "program" ? each.kind : `beside: ${each.kind}`,
          interpreterText(each),
        ]);
  const how =
    seen === null || seen === "processes" || (seen === "nothing" && interpreters.length === 0)
      ? []
      : [["seen", SEEN[seen]]];
  const rest = Object.entries(environment).filter(([name]) => seen === null || !OF_INTERPRETERS.includes(name));
  return [
    ...told,
    ...how,
    ...rest.flatMap(([name, value]) => {
      if (value === null || typeof value !== "object" || Array.isArray(value))
        return [[display(name), shownValue(value)]];
      return Object.entries(value).map(([key, inner]) => [`${display(name)}.${display(key)}`, shownValue(inner)]);
    }),
  ];
}

function interpreterText({ version, executable, prefix, packages }: RecordedInterpreter): string {
  const place = executable === null ? "" : `${executable.place === "home" ? "~/" : ""}${display(executable.path)}`;
  const manager = prefix?.manager ? ` (${display(prefix.manager)})` : "";
  return [
    display(version) || "unknown version",
    `${place}${manager}`,
    ...(packages === null ? [] : [plural(packages.length, "package")]),
  ]
    .filter((text) => text !== "")
    .join(", ");
}

function shownValue(value: Value): string {
  if (Array.isArray(value))
    return value.length > 3 ? plural(value.length, "entry", "entries") : value.map(shownValue).join(", ");
  return value !== null && typeof value === "object" ? shortened(display(JSON.stringify(value))) : shownScalar(value);
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
