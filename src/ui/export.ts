/** The pages as files, for any web server: the documents and files that the page asks for, and the page itself. */
import * as fs from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../base/clock.ts";
import { makeFolder, moveFile, removeTree, writeNewFile } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { ProgressTask } from "../base/progress.ts";
import type { Watch } from "../base/watch.ts";
import type { ArtifactsReport } from "../registry/artifacts.ts";
import type { HistoryReport } from "../registry/history.ts";
import type { LineageReport } from "../registry/lineage/report.ts";
import type { LogReport } from "../registry/log.ts";
import { nameOf } from "../registry/versions.ts";
import type { ModelsReport } from "../registry/models.ts";
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

/** Stands in an export: such a folder may be replaced, where it has nothing besides. */
const MARK = "mvgit-pages.json";
/** Bytes of one file that a version page shows. */
const FILE_CAP = 1024 * 1024;

/** Throws `local-changes` for a folder that holds anything else, `label-unknown` for a model that has no version. */
export async function exportPages(source: Source, wish: ExportWish, watch: Watch): Promise<ExportReport> {
  refuseOthers(wish.dir);
  const fresh = `${wish.dir}.${uniqueName()}`;
  try {
    const report = await new Export(await Reading.of(source), { ...wish, dir: fresh }, watch).write();
    // It took its time: what was put there meanwhile is nobody's but theirs.
    refuseOthers(wish.dir);
    putInPlace(fresh, wish.dir);
    return { ...report, dir: wish.dir };
  } catch (error) {
    removeTree(fresh);
    throw error;
  }
}

function refuseOthers(dir: string): void {
  const found = fs.lstatSync(dir, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) {
    const names = fs.readdirSync(dir);
    const own = new Set([MARK, "index.html", "data", "files", ...new Assets().all().map(({ name }) => name)]);
    if (names.length === 0 || (names.includes(MARK) && names.every((name) => own.has(name)))) return;
  }
  throw new MvgitError("local-changes", `'${display(dir)}' holds something else than pages that mvgit wrote`, {
    subject: display(dir),
    hint: "name a new folder; one that holds pages and nothing else (no '.git') is replaced as a whole",
  });
}

function putInPlace(fresh: string, dir: string): void {
  const old = `${dir}.${uniqueName()}`;
  const hasOld = fs.existsSync(dir);
  if (hasOld) moveFile(dir, old);
  moveFile(fresh, dir);
  if (hasOld) removeTree(old);
}

class Export {
  readonly #reading: Reading;
  readonly #wish: ExportWish;
  readonly #watch: Watch;
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
    this.#write(MARK, `${JSON.stringify({ written })}\n`);
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
    this.#report.files++;
    this.#report.bytes += bytes.length;
    this.#task.advance(bytes.length, 1);
  }
}
