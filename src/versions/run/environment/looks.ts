/**
 * Looks at interpreters soon after they are seen first, since what they are and have may be gone or changed afterwards.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import type { RecordedPackage } from "../../../values/environment-record.ts";
import { ask } from "../../../program/ask.ts";
import type { Environment } from "../../../program/find.ts";
import { askPython, type PythonFacts, usualSites } from "../../../program/interpreters/ask-python.ts";
import { interpreterKind } from "../../../program/interpreters/kinds.ts";
import { readNodePackages, readR } from "../../../program/interpreters/others.ts";
import { type Installed, readPythonPackages, stampOf } from "../../../program/interpreters/python-packages.ts";
import { placePython, type PythonPlace } from "../../../program/interpreters/python.ts";
import { inEmptyFolder, neutralEnvironment } from "../../../program/neutral.ts";
import type { Sighting } from "../../../program/processes/watch.ts";

/** What was found of one process. */
export interface Looked {
  version: string;
  implementation: string;
  build: Record<string, string>;
  packages: readonly RecordedPackage[] | null;
  /** Where Python looks for packages. */
  folders: string[];
  stamp: string;
  unreadable: number;
  /** Packages whose files are not those that were installed. */
  edited: readonly string[];
}

const NOTHING: Looked = {
  version: "",
  implementation: "",
  build: {},
  packages: null,
  folders: [],
  stamp: "",
  unreadable: 0,
  edited: [],
};
/** Milliseconds of age at which a process is looked at: not while a command starts, when others may come and go. */
const SOON = 300;
/** Different interpreters that are asked. */
const MOST_ASKED = 40;

/** Interpreters that were seen among a run's processes, and what was found of each when it was looked at. */
export class Looks {
  readonly #top: string;
  readonly #places = new Map<Sighting, PythonPlace>();
  readonly #looks = new Map<Sighting, Promise<Looked>>();
  readonly #sightings: Sighting[] = [];
  readonly #facts = new Map<string, Promise<PythonFacts | null>>();
  readonly #lists = new Map<string, Promise<Installed>>();

  constructor(top: string) {
    this.#top = top;
  }

  /** Notes what is an interpreter, and looks at it soon; the rest is passed over. Never throws. */
  see(sighting: Sighting): void {
    if (interpreterKind(sighting.exe) === null) return;
    this.#sightings.push(sighting);
    try {
      if (interpreterKind(sighting.exe) === "python") this.#places.set(sighting, placePython(sighting));
    } catch {
      // What it is is not known then.
    }
    setTimeout(() => void this.of(sighting), SOON).unref();
  }

  /** In the order in which they were seen. */
  get sightings(): readonly Sighting[] {
    return this.#sightings;
  }

  placeOf(sighting: Sighting): PythonPlace | null {
    return this.#places.get(sighting) ?? null;
  }

  /** What was found of it. */
  of(sighting: Sighting): Promise<Looked> {
    const look = this.#looks.get(sighting) ?? this.#look(sighting).catch(() => NOTHING);
    this.#looks.set(sighting, look);
    return look;
  }

  async #look(sighting: Sighting): Promise<Looked> {
    const kind = interpreterKind(sighting.exe);
    if (sighting.isElsewhere || kind === null) return NOTHING;
    if (kind === "python") return this.#python(sighting);
    return kind === "r" ? this.#r(sighting) : this.#other(sighting, kind);
  }

  /** What is installed where this one looked, now; null where nothing came or went. */
  async since({ folders, stamp }: Looked): Promise<readonly RecordedPackage[] | null> {
    return stampOf(folders) === stamp ? null : (await readPythonPackages(folders)).packages;
  }

  async #python(sighting: Sighting): Promise<Looked> {
    const place = this.#places.get(sighting);
    if (place === undefined) return NOTHING;
    const facts = await this.#ask(place, sighting);
    const folders = foldersOf(place, facts);
    const stamp = stampOf(folders);
    const key = `${folders.join("\0")}\0${stamp}`;
    const list = this.#lists.get(key) ?? readPythonPackages(folders);
    this.#lists.set(key, list);
    const { packages, unreadable, edited } = await list;
    const version = facts?.version ?? place.settings["version_info"] ?? place.settings["version"] ?? "";
    return {
      version: version.replace(/\.(?:final|candidate|beta|alpha)\.[0-9]+$/, ""),
      implementation: facts?.implementation ?? place.settings["implementation"] ?? "",
      build: facts?.build ?? {},
      packages,
      folders,
      stamp,
      unreadable,
      edited,
    };
  }

  #ask(place: PythonPlace, { env, argv }: Sighting): Promise<PythonFacts | null> {
    const key = `${place.executable}\0${place.prefix}`;
    const known = this.#facts.get(key);
    if (known) return known;
    // A script in Python's place, such as pyenv's, is never what a process runs: it is asked for a command that was not
    // watched.
    const from = isScript(place.executable) ? (env["PWD"] ?? null) : null;
    const asked =
      this.#facts.size >= MOST_ASKED || argv.length === 0
        ? Promise.resolve(null)
        : askPython(place.executable, { prefix: place.prefix, env: unmarked(env), top: this.#top, from });
    this.#facts.set(key, asked);
    return asked;
  }

  async #r({ exe, env }: Sighting): Promise<Looked> {
    const { version, packages } = readR(exe, env);
    return { ...NOTHING, version, implementation: "R", packages };
  }

  async #other({ exe, env, cwd }: Sighting, kind: "node" | "julia"): Promise<Looked> {
    const answer = await inEmptyFolder((empty) =>
      ask({
        file: exe,
        args: ["--version"],
        cwd: empty,
        env: neutralEnvironment(unmarked(env), this.#top),
        patience: 10_000,
      }),
    );
    const version = /[0-9]+\.[0-9]+\S*/.exec(answer ?? "")?.[0] ?? "";
    return {
      ...NOTHING,
      version,
      implementation: kind,
      packages: kind === "node" && cwd !== null ? readNodePackages(cwd) : null,
    };
  }
}

/** What is asked is none of the command's processes, and no run. */
function unmarked(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("MVGIT_")));
}

/** In the order in which Python looks there. */
function foldersOf(place: PythonPlace, facts: PythonFacts | null): string[] {
  const own = place.kind === "venv" ? (facts?.sites ?? []) : (facts?.baseSites ?? []);
  const isOpen = place.kind !== "venv" || place.settings["include-system-site-packages"]?.toLowerCase() === "true";
  const user = place.withUser && isOpen && facts?.userSite ? [facts.userSite] : [];
  const extended = place.settings["extends-environment"];
  const base = place.kind === "venv" && isOpen ? (facts?.baseSites ?? []) : [];
  const all = [
    ...place.path,
    ...(own.length > 0 ? own : usualSites(place.prefix)),
    ...(extended ? usualSites(extended) : []),
    ...user,
    ...base,
  ];
  return [...new Set(all)].filter((folder) => fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory());
}

function isScript(file: string): boolean {
  try {
    const fd = fs.openSync(file, "r");
    try {
      const head = Buffer.alloc(2);
      fs.readSync(fd, head, 0, 2, 0);
      return head.toString("latin1") === "#!";
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** The folder that a process's packages belong to; null where none is known. */
export function prefixOf(looks: Looks, sighting: Sighting): string | null {
  return looks.placeOf(sighting)?.prefix ?? (sighting.exe === "" ? null : join(sighting.exe, "..", ".."));
}
