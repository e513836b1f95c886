/** What was seen of a command's interpreters, as a version records it. */
import { basename } from "node:path";
import { andMore, plural } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import { unversionedCode } from "../../../values/compare-interpreters.ts";
import type { Mapping } from "../../../values/document.ts";
import {
  formatPlace,
  normalName,
  type PackageOrigin,
  type RecordedInterpreter,
  type RecordedPackage,
  type Role,
} from "../../../values/environment-record.ts";
import type { Masker } from "../../../values/secrets.ts";
import { interpreterKind } from "../../../program/interpreters/kinds.ts";
import type { Sighting } from "../../../program/processes/watch.ts";
import { frameworks } from "./frameworks.ts";
import { type Looked, type Looks, prefixOf } from "./looks.ts";
import { type Origins, placeOf } from "./places.ts";
import { byRole } from "./roles.ts";

const MOST_INTERPRETERS = 32;
/** Words of a command, and letters of each, that are kept. */
const MOST_WORDS = 50;
const LONGEST_WORD = 300;

export interface Interpreters {
  interpreters: RecordedInterpreter[];
  /** The process that the program was; null where none was seen. */
  main: Sighting | null;
  notes: string[];
  frameworks: Mapping;
}

interface Group {
  role: Role;
  isTool: boolean;
  sightings: Sighting[];
}

/** Those that have the same packages for the same reason are one. */
export async function interpretersOf(
  looks: Looks,
  { origins, top, masker }: { origins: Origins; top: string; masker: Masker },
): Promise<Interpreters> {
  const groups = grouped(looks, top);
  const interpreters: RecordedInterpreter[] = [];
  for (const group of groups) interpreters.push(await record(looks, group, { origins, masker }));
  const main = groups[0]?.role === "program" ? (groups[0].sightings[0] ?? null) : null;
  if (main === null) return { interpreters, main, notes: [], frameworks: {} };
  const looked = await looks.of(main);
  const notes = [...seenNotes(groups), ...codeNotes(interpreters), ...(await changeNotes(looks, looked))];
  return {
    interpreters,
    main,
    notes,
    frameworks: frameworks(looked.folders, looked.packages ?? [], interpreters[0]?.libraries ?? []),
  };
}

function grouped(looks: Looks, top: string): Group[] {
  const groups = new Map<string, Group>();
  for (const { sighting, role, isTool } of byRole(looks.sightings, {
    top,
    prefixOf: (each) => prefixOf(looks, each),
  })) {
    const place = looks.placeOf(sighting);
    const isThere =
      isTool &&
      [...groups.values()].some(
        (each) =>
          looks.placeOf(each.sightings[0] as Sighting)?.executable === place?.executable &&
          each.sightings[0]?.exe === sighting.exe,
      );
    if (isThere) continue;
    const key = JSON.stringify([
      sighting.isElsewhere,
      sighting.exe,
      place?.executable,
      place?.prefix,
      place?.path,
      place?.withUser,
    ]);
    const group = groups.get(key) ?? { role, isTool, sightings: [] };
    group.sightings.push(sighting);
    groups.set(key, group);
  }
  return [...groups.values()].slice(0, MOST_INTERPRETERS);
}

async function record(
  looks: Looks,
  { role, isTool, sightings }: Group,
  { origins, masker }: { origins: Origins; masker: Masker },
): Promise<RecordedInterpreter> {
  const first = sightings[0] as Sighting;
  const place = looks.placeOf(first);
  const looked = await looks.of(first);
  return {
    kind: interpreterKind(first.exe) ?? "python",
    role,
    executable: placeOf(place?.executable ?? first.exe, origins),
    version: looked.version,
    implementation: looked.implementation,
    build: looked.build,
    prefix: place && { ...placeOf(place.prefix, origins), kind: place.kind, manager: place.manager },
    command: commandOf(first.argv, masker),
    path: (place?.path ?? []).map((each) => placeOf(each, origins)),
    packages:
      role === "helper" && isTool
        ? null
        : (looked.packages?.map((each) => ({ ...each, origin: each.origin && shortened(each.origin, origins) })) ??
          null),
    libraries: [...new Set(sightings.flatMap(({ libraries }) => [...libraries].map((path) => basename(path))))]
      .sort()
      .slice(0, 200),
  };
}

function commandOf(argv: readonly string[], masker: Masker): string[] {
  const words = argv
    .slice(0, MOST_WORDS)
    .map((word) => (word.length > LONGEST_WORD ? `${word.slice(0, LONGEST_WORD)}…` : word));
  return masker.command(argv.length > MOST_WORDS ? [...words, "…"] : words).map(wellFormed);
}

/** A word that was cut in the middle of a letter. */
function wellFormed(word: string): string {
  return word.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

function shortened(origin: PackageOrigin, origins: Origins): PackageOrigin {
  return origin.url.startsWith("/") ? { ...origin, url: formatPlace(placeOf(origin.url, origins)) } : origin;
}

function seenNotes(groups: readonly Group[]): string[] {
  const hidden = groups
    .filter(({ role, sightings }) => role === "program" && sightings[0]?.isElsewhere)
    .map(({ sightings }) => display(basename(sightings[0]?.exe ?? "")));
  return [...new Set(hidden)].map(
    (name) => `'${name}' ran in a container or a namespace of its own: its packages were not seen`,
  );
}

function codeNotes(interpreters: readonly RecordedInterpreter[]): string[] {
  const all = [...new Set(interpreters.filter(({ role }) => role === "program").flatMap(unversionedCode))];
  const more =
    all.length > 3 ? [`the code in ${plural(all.length - 3, "more folder")} that it used is not recorded`] : [];
  return [...all.slice(0, 3).map((each) => `the code in ${each} was used and is not recorded`), ...more];
}

async function changeNotes(looks: Looks, looked: Looked): Promise<string[]> {
  const notes =
    looked.unreadable > 0
      ? [`${plural(looked.unreadable, "installed package")} could not be read: what they are is not recorded`]
      : [];
  const { edited } = looked;
  if (edited.length > 0)
    notes.push(
      `installed files of ${few(edited)} are not those of the recorded version, and what they are is not recorded: ` +
        "they were edited, replaced or removed; 'pip install --force-reinstall' of it puts its own files back",
    );
  const now = await looks.since(looked);
  if (now === null || looked.packages === null) return notes;
  const changed = changedNames(looked.packages, now);
  if (changed.length === 0) return notes;
  return [
    ...notes,
    `packages changed while the command ran (${few(changed)}): this version names those that the program began with`,
  ];
}

function few(names: readonly string[]): string {
  return `${names
    .slice(0, 3)
    .map((name) => `'${display(name)}'`)
    .join(", ")}${andMore(names.length - 3)}`;
}

function changedNames(before: readonly RecordedPackage[], now: readonly RecordedPackage[]): string[] {
  const versions = (list: readonly RecordedPackage[]): Map<string, string> =>
    new Map(list.map((each) => [normalName(each.name), `${each.version} ${each.files}`]));
  const [a, b] = [versions(before), versions(now)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}
