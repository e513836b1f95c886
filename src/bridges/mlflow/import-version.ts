/**
 * One version out of a run of MLflow: a commit beside every branch, held by its tag, with the times that MLflow knows.
 */
import { display, type RepoPath } from "../../base/paths.ts";
import { commitTree } from "../../git/history.ts";
import type { GitProgram } from "../../git/program.ts";
import { DURABLE } from "../../git/run.ts";
import type { Oid } from "../../git/reader.ts";
import { createTag } from "../../git/tags.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { curveLines, paramsOf, tagsOf } from "../../mlflow/outcome.ts";
import type { SourceRun } from "./source.ts";
import type { Mapping } from "../../values/document.ts";
import { ignoreLine, withIgnoreLines } from "../../values/ignore-line.ts";
import { MLFLOW } from "../../values/layers.ts";
import type { FolderSummary } from "../../values/manifest-io.ts";
import { curvesPath, formatPackage, type Package, packagePath } from "../../values/package.ts";
import { formatPointer, pointerPathOf } from "../../values/pointer.ts";
import { artifactsPath, formatRuns, type RecordedRun, runsPath } from "../../values/recorded-runs.ts";
import { Masker } from "../../values/secrets.ts";
import { formatVersionTag } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { summarise, summaryTexts } from "../../registry/summary.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
import { outputsBetween, withScratchIndex } from "../../versions/making.ts";
import type { Wanted } from "./import-plan.ts";

/** What is known when the bytes are in the store. */
export interface Ready {
  wanted: Wanted;
  number: number;
  /** Null for a version without artifacts. */
  folder: FolderSummary | null;
  /** The version that the one before it in MLflow became. */
  before: Version | null;
  notes: string[];
}

/** Where the package says of what in MLflow it was made. */
export function originOf({ run, version }: Wanted): Mapping {
  return {
    ...(run === null ? {} : { run: run.id, experiment: run.experiment }),
    ...(version === null
      ? {}
      : { model: version.name, version: version.version, ...(version.run === "" ? {} : { run: version.run }) }),
  };
}

/** Makes commit and tag. Throws what Git throws. */
export async function makeVersion(repo: Repo, ready: Ready): Promise<{ commit: Oid; tag: Oid; pack: Package }> {
  const masker = new Masker(repo.env);
  const code = await codeOf(repo, ready.wanted.run);
  const draft = draftOf(ready, { ...code, masker });
  const beside = filesOf(ready, draft, masker);
  const first = await treeOf(repo, code.tree, beside);
  const pack = {
    ...draft,
    code: {
      ...draft.code,
      outputs: await outputsBetween(repo, { start: code.tree, end: first, always: packagePath(draft.model) }),
    },
  };
  const bytes = formatPackage(pack);
  const tree = await treeOf(repo, code.tree, new Map([...beside, [packagePath(pack.model), bytes]]));
  const time = Date.parse(pack.time);
  const [, name = "", email = ""] = /^(.*?) ?<([^<>]*)>$/.exec(pack.author) ?? [];
  const git = repo.git.authoredBy({ name, email, time: Math.floor(time / 1000), zone: "+0000" }, { dated: true });
  const { scores } = summaryTexts(summarise(pack, ready.before?.pack ?? null));
  const parents = [
    ...(ready.before === null ? [] : [ready.before.commit]),
    ...(code.commit === null ? [] : [code.commit]),
  ];
  const title = pack.message.split("\n")[0] as string;
  const commit = await commitTree(git, tree, {
    parents,
    message: `${[`${nameOf(pack)}${title === "" ? "" : `: ${title}`}`, scores].filter(Boolean).join("\n\n")}\n`,
  });
  const tag = await createTag(git, nameOf(pack), {
    commit,
    message: formatVersionTag({ model: pack.model, version: pack.version, package: hashBytes(Buffer.from(bytes)) }),
  });
  return { commit, tag, pack };
}

/** The tree of the commit that MLflow noted, where this clone has it; else the empty tree. */
async function codeOf(repo: Repo, run: SourceRun | null): Promise<{ tree: Oid; commit: Oid | null; notes: string[] }> {
  const noted = run?.tags.get("mlflow.source.git.commit") ?? "";
  const commit = /^[0-9a-f]{40,64}$/.test(noted) ? await repo.git.resolveCommit(noted).catch(() => null) : null;
  if (commit !== null) return { tree: (await repo.git.commit(commit)).tree, commit, notes: [] };
  const { stdout } = await repo.git.run([...DURABLE, "hash-object", "-w", "-t", "tree", "--stdin"], { input: "" });
  const notes =
    noted === ""
      ? ["MLflow did not note which code it was made with"]
      : [`the code that it was made with, commit ${display(noted.slice(0, 64))}, is not in this repository`];
  return { tree: stdout.toString("latin1").trim() as Oid, commit: null, notes };
}

/** Milliseconds: when it was registered, else when its run ended or began; 0 where MLflow says nothing. */
function timeOf({ run, version }: Ready["wanted"]): number {
  return version?.created || run?.end || run?.start || 0;
}

function draftOf(
  { wanted, number, folder, before, notes }: Ready,
  { tree, commit, notes: more, masker }: { tree: Oid; commit: Oid | null; notes: string[]; masker: Masker },
): Package {
  const { model, run, version } = wanted;
  const author = plainName(run?.user ?? "");
  const path = artifactsPath(model);
  const params = Object.entries(paramsOf(run?.params ?? new Map())).map(([name, value]) => [
    masker.text(name),
    masker.value(name, value),
  ]);
  const origins =
    params.length === 0
      ? {}
      : { origins: Object.fromEntries(params.map(([name]) => [name, MLFLOW])) as Record<string, string> };
  return {
    model,
    version: number,
    time: new Date(timeOf(wanted)).toISOString(),
    author: `${author} <${author === "unknown" ? "" : author}>`,
    from: before?.pack.version ?? null,
    message: masker.text(version?.description || (run?.name ?? "")),
    run: null,
    code: { tree, commit, changed: false, outputs: [] },
    data: [],
    weights: folder === null ? [] : [{ path, hash: folder.root, size: folder.size, files: folder.files }],
    params: Object.fromEntries(params) as Package["params"],
    ...origins,
    metrics: Object.fromEntries([...(run?.metrics ?? [])].map(([name, { last }]) => [masker.text(name), last.value])),
    sources: { params: [], metrics: [] },
    environment: { mlflow: originOf(wanted) },
    notes: [...more, ...notes].map((note) => masker.text(note)),
  };
}

/** A name as Git takes it for an author. */
function plainName(user: string): string {
  return (
    user
      .replace(/[<>\n\r\u0000-\u001f]/g, "")
      .replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, "")
      .slice(0, 200) || "unknown"
  );
}

/** Everything but the package that the commit has besides the code. */
function filesOf({ wanted, folder }: Ready, { model }: Package, masker: Masker): Map<RepoPath, string> {
  const files = new Map<RepoPath, string>();
  const path = artifactsPath(model);
  if (folder !== null) {
    files.set(
      pointerPathOf(path),
      formatPointer({ hash: folder.root, size: folder.size, files: folder.files, extra: new Map() }),
    );
    files.set("mlflow/.gitignore" as RepoPath, ignoreLine(model));
  }
  if (wanted.run === null) return files;
  const curves = curveLines(wanted.run.metrics)
    .map((line) => `${line}\n`)
    .join("");
  if (curves !== "") files.set(curvesPath(model), masker.text(curves));
  files.set(
    runsPath(model),
    formatRuns({ folder: folder === null ? null : path, best: null, more: 0, runs: [recorded(wanted, masker)] }),
  );
  return files;
}

function recorded({ run, version }: Wanted, masker: Masker): RecordedRun {
  const { id, name, tags, status, start, end, params, metrics, datasets } = run as SourceRun;
  const values = <V>(map: Record<string, V>): Record<string, V> =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [masker.text(key), masker.value(key, value) as V]));
  return {
    id,
    name: masker.text(name),
    parent: tags.get("mlflow.parentRunId") ?? null,
    chosen: true,
    status: status.toLowerCase(),
    started: new Date(start).toISOString(),
    seconds: end === null ? null : Math.max(0, end - start) / 1000,
    params: values(paramsOf(params)),
    metrics: Object.fromEntries([...metrics].map(([key, { last }]) => [masker.text(key), last.value])),
    tags: values(tagsOf({ tags })),
    datasets,
    models: version === null ? [] : [{ name: version.name, registered: version.name, folder: null }],
    artifacts: null,
    curves: null,
  };
}

/** A tree with texts as files in it; a line for `.gitignore` is added to what is there. */
function treeOf(repo: Repo, base: Oid, files: ReadonlyMap<RepoPath, string>): Promise<Oid> {
  return withScratchIndex(repo, async (git) => {
    await git.run(["read-tree", base]);
    const lines: string[] = [];
    for (const [path, text] of files) {
      const whole = path.endsWith(".gitignore") ? await withLine(repo, base, { path, line: text }) : text;
      lines.push(`100644 ${await blobOf(git, whole)}\t${path}\0`);
    }
    await git.run(["update-index", "-z", "--index-info"], { input: lines.join("") });
    return git.writeTree();
  });
}

async function withLine(repo: Repo, tree: Oid, { path, line }: { path: RepoPath; line: string }): Promise<string> {
  const file = await repo.git.fileAt(tree, path);
  const before = file === null ? null : await repo.git.blob(file.oid, 1024 * 1024);
  return withIgnoreLines(before?.toString("utf8") ?? "", [line]);
}

async function blobOf(git: GitProgram, text: string): Promise<string> {
  return (await git.run([...DURABLE, "hash-object", "-w", "--stdin", "--no-filters"], { input: text })).stdout
    .toString("latin1")
    .trim();
}
