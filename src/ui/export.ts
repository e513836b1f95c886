/** The pages as files, for any web server: the documents and files that the page asks for, and the page itself. */
import * as fs from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { uniqueName } from "../base/clock.ts";
import { makeFolder, moveAcross, moveToFree, readUpTo, removeTree, writeNewFile } from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { readOwnJson } from "../base/own-json.ts";
import { display } from "../base/paths.ts";
import type { ProgressTask } from "../base/progress.ts";
import { fromSystem } from "../base/system-errors.ts";
import type { Watch } from "../base/watch.ts";
import type { ArtifactsReport } from "../registry/artifacts.ts";
import type { HistoryReport } from "../registry/history.ts";
import type { LineageReport } from "../registry/lineage/report.ts";
import type { LogReport } from "../registry/log.ts";
import { nameOf } from "../registry/versions.ts";
import type { ModelsReport } from "../registry/models.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { TEXT_ENDING } from "../values/artifact-kind.ts";
import type { ExplainIndex } from "../values/explain-index.ts";
import { publicDocument, publicText } from "../values/public-document.ts";
import { Assets } from "./assets.ts";
import { type Choice, type ChosenModel, chosenOf, historyIn, lineageIn, modelIn, pairsOf } from "./chosen.ts";
import type { Source } from "./documents.ts";
import { frameOf } from "./frame.ts";
import { Reading } from "./reading.ts";

export interface ExportWish extends Choice {
  /** Absolute. A folder that is not there, is empty, or holds an export of before, which is replaced. */
  dir: string;
  /** Whether mail addresses of people stay. */
  people: boolean;
  /** What the repository is called. */
  title: string;
}

export interface ExportReport {
  dir: string;
  models: number;
  versions: number;
  files: number;
  bytes: number;
  /** What is not in it, in words. */
  notes: string[];
}

/** Stands in an export, and lists its other files by their hashes: what is so still may be replaced. */
const MARK = "mvgit-pages.json";
/** Bytes of a file that mvgit may have written. */
const OWN_CAP = 1024 * 1024 * 1024;
/** Bytes of one file that a version page shows. */
const FILE_CAP = 1024 * 1024;

/** Throws `local-changes` for a folder that holds anything else, `label-unknown` for a model that has no version. */
export async function exportPages(source: Source, wish: ExportWish, watch: Watch): Promise<ExportReport> {
  refuseOthers(wish.dir);
  const fresh = `${wish.dir}.${uniqueName()}`;
  try {
    const report = await new Export(await Reading.of(source), { ...wish, dir: fresh }, watch).write();
    putInPlace(fresh, wish.dir);
    return { ...report, dir: wish.dir };
  } catch (error) {
    removeTree(fresh);
    if (systemCode(error) !== undefined) throw fromSystem(error, `write pages to '${display(wish.dir)}'`, fresh);
    throw error;
  }
}

/**
 * Throws `local-changes` unless nothing is there, an empty folder, or an export of before in which every file is as it
 * was written.
 */
function refuseOthers(dir: string, shown = dir): void {
  const found = fs.lstatSync(dir, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw inTheWay(shown, "is not a folder");
  if (found.dev !== fs.statSync(dirname(dir)).dev) throw mounted(shown);
  const files = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((each) => !each.isDirectory());
  if (files.length === 0) return;
  const own = writtenIn(dir);
  if (own === null) throw inTheWay(shown, "holds something else than pages that mvgit wrote");
  for (const each of files) {
    const file = join(each.parentPath, each.name);
    const path = relative(dir, file).split(sep).join("/");
    if (path !== MARK && !isAsWritten(each, file, own.get(path)))
      throw inTheWay(shown, `holds '${display(path)}', which mvgit did not write, or which was changed since`);
  }
}

function inTheWay(dir: string, why: string): MvgitError {
  return new MvgitError("local-changes", `'${display(dir)}' ${why}`, {
    subject: display(dir),
    hint: "name a new folder; one that holds pages as they were written and nothing else is replaced as a whole",
  });
}

/** No rename moves it away, and pages never show half of an export. */
function mounted(dir: string): MvgitError {
  const shown = display(dir);
  return new MvgitError(
    "local-changes",
    `a file system is mounted at '${shown}', which cannot be replaced as a whole`,
    { subject: shown, hint: `name a folder in it, such as '${display(join(dir, "pages"))}'` },
  );
}

function isAsWritten(entry: fs.Dirent, file: string, hash: string | undefined): boolean {
  const bytes = entry.isFile() && hash !== undefined ? readUpTo(file, OWN_CAP) : null;
  return bytes !== null && hashBytes(bytes) === hash;
}

/** Hashes of the files of an export, by their paths; null where that is none, or has no list of them. */
function writtenIn(dir: string): Map<string, string> | null {
  const { files } = readOwnJson<{ files?: Record<string, string> }>(join(dir, MARK)) ?? {};
  return typeof files === "object" && files !== null ? new Map(Object.entries(files)) : null;
}

/** It took its time: what was put there meanwhile is looked at where nobody finds it by its name, and goes back. */
function putInPlace(fresh: string, dir: string): void {
  const old = `${dir}.${uniqueName()}`;
  const hasOld = fs.lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
  if (hasOld) moveAside(dir, old);
  try {
    refuseOthers(old, dir);
    if (!moveToFree(fresh, dir)) throw inTheWay(dir, "was made by somebody else while the pages were written");
  } catch (error) {
    if (!hasOld || moveToFree(old, dir)) throw error;
    throw inTheWay(dir, `was made by somebody else; what stood there before is '${display(old)}' now`);
  }
  if (hasOld) removeTree(old);
}

/** What lies in a lower layer of an overlay is copied. */
function moveAside(dir: string, old: string): void {
  try {
    moveAcross(dir, old, `${old}-copy`);
  } catch (error) {
    throw systemCode(error) === "EBUSY" ? mounted(dir) : error;
  }
}

class Export {
  readonly #reading: Reading;
  readonly #wish: ExportWish;
  readonly #watch: Watch;
  /** Of the files that were written, by their paths. */
  readonly #hashes = new Map<string, string>();
  readonly #task: ProgressTask;
  readonly #report: Omit<ExportReport, "dir"> = { models: 0, versions: 0, files: 0, bytes: 0, notes: [] };

  constructor(reading: Reading, wish: ExportWish, watch: Watch) {
    this.#reading = reading;
    this.#wish = wish;
    this.#watch = watch;
    this.#task = watch.progress.task("writing pages");
  }

  async write(): Promise<Omit<ExportReport, "dir">> {
    try {
      return await this.#all();
    } finally {
      this.#task.done();
    }
  }

  async #all(): Promise<Omit<ExportReport, "dir">> {
    const { title, models } = this.#wish;
    const written = new Date(this.#watch.clock.now()).toISOString();
    const all = await this.#reading.document<ModelsReport>("data/models.json");
    const chosen = new Map<string, ChosenModel>();
    const names = models.length > 0 ? models : all.models.map(({ model }) => model);
    for (const model of names) chosen.set(model, await this.#model(model));
    const labels = new Set([...chosen.values()].flatMap(({ versions }) => versions.map(nameOf)));
    this.#put("data/models.json", {
      ...all,
      models: all.models.flatMap((each) => modelIn(each, chosen.get(each.model))),
    });
    const stages = await this.#reading.document<{ stages: { model: string }[] }>("data/stages.json");
    this.#put("data/stages.json", { ...stages, stages: stages.stages.filter(({ model }) => chosen.has(model)) });
    const index = await this.#reading.document<ExplainIndex>("data/index.json");
    this.#put("data/index.json", { ...index, versions: index.versions.filter((each) => labels.has(nameOf(each))) });
    for (const each of chosen.values()) await this.#versions(each, labels);
    for (const { name, bytes } of new Assets().all()) this.#write(name, bytes);
    this.#write("index.html", frameOf({ mode: "static", title, written, token: null }));
    this.#write(MARK, `${JSON.stringify({ written, files: Object.fromEntries(this.#hashes) })}\n`);
    return { ...this.#report, models: chosen.size, versions: labels.size };
  }

  async #model(model: string): Promise<ChosenModel> {
    const [log, history] = [
      await this.#reading.document<LogReport>(`data/log/${model}.json`),
      await this.#reading.documentIfAny<HistoryReport>(`data/history/${model}.json`),
    ];
    const chosen = chosenOf(log, history, this.#wish);
    this.#put(`data/log/${model}.json`, chosen.log);
    if (history !== null) this.#put(`data/history/${model}.json`, historyIn(history, this.#wish));
    return chosen;
  }

  async #versions(chosen: ChosenModel, labels: ReadonlySet<string>): Promise<void> {
    for (const [before, after] of pairsOf(chosen)) {
      for (const kind of ["compare", "patch"]) await this.#copy(`data/${kind}/${before}..${after}.json`);
    }
    for (const line of chosen.versions) {
      this.#watch.signal.throwIfAborted();
      const label = nameOf(line);
      for (const kind of ["show", "curves"]) await this.#copy(`data/${kind}/${label}.json`);
      const lineage = await this.#reading.documentIfAny<LineageReport>(`data/lineage/${label}.json`);
      if (lineage !== null) this.#put(`data/lineage/${label}.json`, lineageIn(lineage, labels));
      await this.#artifacts(label);
    }
  }

  async #artifacts(label: string): Promise<void> {
    const report = await this.#reading.documentIfAny<ArtifactsReport>(`data/artifacts/${label}.json`);
    if (report === null) return;
    this.#put(`data/artifacts/${label}.json`, report);
    for (const { path, kind, size } of report.artifacts) {
      if (kind === "binary" || size > FILE_CAP) continue;
      const bytes = await this.#reading.bytes(label, path);
      if (bytes === null) this.#report.notes.push(`the bytes of '${display(path)}' of ${label} are not here`);
      else if (kind === "image") this.#write(`files/${label}/${path}`, bytes);
      else this.#write(`files/${label}/${path}${TEXT_ENDING}`, this.#asPublic(bytes));
    }
  }

  #asPublic(bytes: Buffer): Buffer | string {
    return this.#wish.people ? bytes : publicText(bytes.toString("utf8"));
  }

  async #copy(path: string): Promise<void> {
    const document = await this.#reading.documentIfAny<object>(path);
    if (document !== null) this.#put(path, document);
  }

  #put(path: string, document: object): void {
    this.#write(path, JSON.stringify(this.#wish.people ? document : publicDocument(document)));
  }

  #write(path: string, bytes: string | Uint8Array): void {
    const file = join(this.#wish.dir, path);
    makeFolder(join(file, ".."));
    writeNewFile(file, bytes);
    this.#hashes.set(path, hashBytes(Buffer.from(bytes)));
    this.#report.files++;
    this.#report.bytes += bytes.length;
    this.#task.advance(bytes.length, 1);
  }
}
