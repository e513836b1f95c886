/**
 * What is installed in folders of Python packages, read from what installers leave there; nothing is imported or run.
 */
import * as fs from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { monotonicNow } from "../../base/clock.ts";
import { readUpTo } from "../../base/disk.ts";
import { readableNames } from "../../base/readable-names.ts";
import { normalName, type PackageOrigin, type RecordedPackage } from "../../values/environment-record.ts";
import { hashOfRecord, recordedLines, type RecordHash } from "./record-file.ts";

export interface Installed {
  /** Sorted by name; of two with one name the first counts, as for Python. */
  packages: RecordedPackage[];
  /** Entries that could not be read as packages. */
  unreadable: number;
  /** Names of those whose files are not those that were installed. */
  edited: string[];
}

const METADATA_CAP = 256 * 1024;
const RECORD_CAP = 32 * 1024 * 1024;
const SMALL_CAP = 64 * 1024;
const MOST_PACKAGES = 10_000;
const MOST_FOLDERS = 100;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$/;
const VERSION = /^[A-Za-z0-9!+._~*-]{1,200}$/;
const ENTRY = /\.(?:dist-info|egg-info|egg|egg-link)$/i;

/** Gives way to others every few milliseconds. */
export async function readPythonPackages(folders: readonly string[]): Promise<Installed> {
  const found = new Map<string, RecordedPackage>();
  let unreadable = 0;
  const edited: string[] = [];
  let since = monotonicNow();
  for (const folder of withNamed(folders)) {
    const names = readableNames(folder).filter((each) => ENTRY.test(each));
    const others = claimsOf(folder, names);
    for (const name of names) {
      if (found.size >= MOST_PACKAGES) break;
      const each = readEntry(folder, name, others);
      if (each === null) unreadable++;
      else if (!found.has(normalName(each.package.name))) {
        found.set(normalName(each.package.name), each.package);
        if (each.isEdited) edited.push(each.package.name);
      }
      if (monotonicNow() - since > 8) {
        await new Promise((next) => setImmediate(next));
        since = monotonicNow();
      }
    }
  }
  return {
    packages: [...found.values()].toSorted((a, b) => (normalName(a.name) < normalName(b.name) ? -1 : 1)),
    unreadable,
    edited: edited.toSorted(),
  };
}

/** Changes whenever a package comes or goes. */
export function stampOf(folders: readonly string[]): string {
  return folders.map((folder) => `${fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0}`).join(" ");
}

/** As tools lay one environment over another. */
const ADDS_FOLDER = /^import site;\s*site\.addsitedir\(("(?:[^"\\]|\\.)*"|'[^'\\]*')\)$/;

/** The folders, and those that `.pth` files in them name. Lines of such files that are other code are passed over. */
function withNamed(folders: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (folder: string, heedsFiles: boolean): void => {
    if (found.has(folder) || found.size >= MOST_FOLDERS) return;
    found.add(folder);
    for (const name of heedsFiles ? readableNames(folder).filter((each) => each.endsWith(".pth")) : [])
      for (const line of linesOf(join(folder, name))) visitLine(folder, line);
  };
  const visitLine = (folder: string, line: string): void => {
    const added = ADDS_FOLDER.exec(line)?.[1];
    if (added !== undefined) return visit(resolve(folder, unquoted(added)), true);
    if (line !== "" && !/^(?:#|import[ \t])/.test(line)) visit(resolve(folder, line), false);
  };
  for (const folder of folders) visit(folder, true);
  return [...found];
}

function unquoted(text: string): string {
  try {
    return text.startsWith("'") ? text.slice(1, -1) : (JSON.parse(text) as string);
  } catch {
    return "";
  }
}

function linesOf(file: string): string[] {
  return (readText(file, SMALL_CAP) ?? "").split("\n").map((line) => line.trim());
}

function readEntry(
  folder: string,
  entry: string,
  others: () => ReadonlySet<string>,
): { package: RecordedPackage; isEdited: boolean } | null {
  const place = join(folder, entry);
  if (/\.egg-link$/i.test(entry)) {
    const linked = readEggLink(place);
    return linked && { package: linked, isEdited: false };
  }
  const isEgg = /\.egg$/i.test(entry);
  const inside = isEgg ? join(place, "EGG-INFO") : place;
  const text =
    ["METADATA", "PKG-INFO"].map((name) => readHead(join(inside, name))).find((each) => each !== null) ??
    (/\.egg-info$/i.test(entry) ? readHead(place) : null);
  const named = text === null ? null : nameAndVersion(text);
  if (named === null) return null;
  const installer = readText(join(inside, "INSTALLER"), SMALL_CAP)?.trim() ?? "";
  const record = readRecord(folder, { entry, inside, others });
  const found = {
    ...named,
    files: record?.hash ?? null,
    origin: readOrigin(join(inside, "direct_url.json")),
    installer: /^[A-Za-z0-9 ._-]{1,40}$/.test(installer) ? installer : null,
  };
  return { package: found, isEdited: record?.isEdited === true };
}

/** As `setup.py develop` leaves it: the folder of the code, whose own metadata count. */
function readEggLink(file: string): RecordedPackage | null {
  const source = linesOf(file)[0] ?? "";
  if (!isAbsolute(source)) return null;
  const entry = readableNames(source).find((name) => /\.egg-info$/i.test(name));
  const named = entry === undefined ? null : nameAndVersion(readHead(join(source, entry, "PKG-INFO")) ?? "");
  return (
    named && {
      ...named,
      files: null,
      origin: { kind: "editable", url: source, vcs: null, commit: null, hash: null },
      installer: null,
    }
  );
}

function nameAndVersion(text: string): { name: string; version: string } | null {
  const head = text.split(/\r?\n\r?\n/, 1)[0] as string;
  const [name, version] = ["Name", "Version"].map(
    (key) => new RegExp(`^${key}:[ \t]*(.*?)[ \t\r]*$`, "im").exec(head)?.[1] ?? "",
  ) as [string, string];
  return NAME.test(name) && VERSION.test(version) ? { name, version } : null;
}

function readRecord(
  folder: string,
  { entry, inside, others }: { entry: string; inside: string; others: () => ReadonlySet<string> },
): RecordHash | null {
  try {
    const file = join(inside, "RECORD");
    const text = readText(file, RECORD_CAP);
    return text === null ? null : hashOfRecord(text, { site: folder, entry, since: fs.statSync(file).mtimeMs, others });
  } catch {
    return null;
  }
}

/** What all packages of a folder say that they installed; read when it is first asked for. */
function claimsOf(folder: string, entries: readonly string[]): () => ReadonlySet<string> {
  let lines: ReadonlySet<string> | null = null;
  return () =>
    (lines ??= new Set(
      entries.flatMap((entry) => recordedLines(readText(join(folder, entry, "RECORD"), RECORD_CAP) ?? "", entry)),
    ));
}

function readOrigin(file: string): PackageOrigin | null {
  if (!fs.existsSync(file)) return null;
  try {
    return originOf(JSON.parse(readText(file, SMALL_CAP) ?? "") as Record<string, unknown>);
  } catch {
    return UNKNOWN_ORIGIN;
  }
}

/** From no index, and what is written of where it is from cannot be read. */
const UNKNOWN_ORIGIN: PackageOrigin = { kind: "archive", url: "unknown", vcs: null, commit: null, hash: null };

function originOf(direct: Record<string, unknown>): PackageOrigin {
  const part = (name: string): Record<string, unknown> | null =>
    direct[name] !== null && typeof direct[name] === "object" ? (direct[name] as Record<string, unknown>) : null;
  const word = (value: unknown, form: RegExp): string | null =>
    typeof value === "string" && form.test(value) ? value : null;
  const url = word(direct["url"], /^[^\0-\x20\x7f]{1,2000}$/);
  if (url === null) return UNKNOWN_ORIGIN;
  const [vcs, archive, folder] = [part("vcs_info"), part("archive_info"), part("dir_info")];
  const none = { vcs: null, commit: null, hash: null };
  if (vcs)
    return {
      ...none,
      kind: "vcs",
      url: withoutUser(url),
      vcs: word(vcs["vcs"], /^[a-z]{2,10}$/),
      commit: word(vcs["commit_id"], /^[A-Za-z0-9._-]{1,200}$/),
    };
  if (folder) return { ...none, kind: folder["editable"] === true ? "editable" : "folder", url: pathOf(url) };
  const hashes = archive?.["hashes"];
  const sha256 =
    hashes !== null && typeof hashes === "object"
      ? word((hashes as Record<string, unknown>)["sha256"], /^[0-9a-f]{64}$/)
      : null;
  return {
    ...none,
    kind: "archive",
    url: url.startsWith("file:") ? pathOf(url) : withoutUser(url),
    hash: sha256 ? `sha256=${sha256}` : word(archive?.["hash"], /^[a-z0-9]{2,10}=[0-9a-f]{32,128}$/),
  };
}

/**
 * Who may enter is nobody's business: names and passwords, and what signs an address. The account of SSH is no secret.
 */
function withoutUser(url: string): string {
  const isAccount = /^(?:[a-z]+\+)?ssh:\/\/[^/?#@:]*@/i.test(url);
  return (isAccount ? url : url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1")).replace(/\?.*?(?=#|$)/, "");
}

function pathOf(url: string): string {
  try {
    return url.startsWith("file:") ? fileURLToPath(url) : withoutUser(url);
  } catch {
    return withoutUser(url);
  }
}

/** The beginning of a file, however long it is. */
function readHead(file: string): string | null {
  return readBytes(file, METADATA_CAP)?.toString("utf8", 0, METADATA_CAP) ?? null;
}

function readText(file: string, cap: number): string | null {
  const bytes = readBytes(file, cap);
  return bytes === null || bytes.length > cap ? null : bytes.toString("utf8");
}

/** Links are followed, since some installers make them; what they lead to must be a file. */
function readBytes(file: string, cap: number): Buffer | null {
  try {
    return fs.statSync(file).isFile() ? readUpTo(file, cap) : null;
  } catch {
    return null;
  }
}
