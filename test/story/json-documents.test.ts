/**
 * docs/json.md against what the commands print: every field that a row lists is in a real document, and every field
 * inside a field.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { hermeticEnv, ROOT } from "../support/cli.ts";
import { stay } from "../support/deployment.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
/** Every document that a command printed. */
const documents = new Map<string, unknown[]>();
const failed: string[] = [];

/** What looks for the parts of the built program around itself. */
const BUILT = new Set(["init", "hooks", "doctor", "ui"]);

/** In this process: sixty programs would take their time. */
async function json(...argv: string[]): Promise<void> {
  if (BUILT.has(argv[0] as string)) return take(argv, 0, (await box.mv("work", ["--json", ...argv], -1)).stdout);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  // Read as it comes: a long document would wait for ever.
  const chunks: Buffer[] = [];
  stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  stderr.resume();
  const status = await runCommandLine(["--json", ...argv], {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    stdin: Readable.from([]),
    stdoutColumns: null,
    stderrColumns: () => null,
    signal: new AbortController().signal,
    signals: () => () => {},
  });
  stdout.end();
  await finished(stdout);
  take(argv, status, Buffer.concat(chunks).toString());
}

function take(argv: readonly string[], status: number, text: string): void {
  const document = JSON.parse(text) as { command: string; error?: { message: string } };
  if (!argv.join(" ").startsWith(document.command))
    failed.push(`${argv.join(" ")}: its document is called '${document.command}'`);
  if (document.error) failed.push(`${argv.join(" ")} (${status}): ${document.error.message}`);
  documents.set(document.command, [...(documents.get(document.command) ?? []), document]);
}

beforeAll(async () => {
  box = await makeSandbox();
  const write = (path: string, text: string): void => box.write(`work/${path}`, text);
  const git = (...args: string[]): Promise<unknown> => box.git("work", args);
  await json("init", "--remote", "../store");
  write("data/a.csv", "id,text\n1,a\n");
  write("big.bin", "x".repeat(100));
  write("other.bin", "other");
  write("params.yaml", "lr: 0.1\n");
  await json("add", "data", "big.bin");
  write("gone.bin", "gone");
  await json("add", "gone.bin");
  await json("mv", "gone.bin", "moved.bin");
  await json("rm", "moved.bin");
  await git("add", "-A");
  await git("commit", "-q", "-m", "start");
  await git("push", "-q", "-u", "origin", "main");
  write("outputs/day/log", "of some tool");
  write(
    "run.sh",
    'cat data/* > w.bin\necho "{\\"acc\\": 0.9}" > metrics.json\necho \'{"step": 1, "loss": 1}\' >> "$MVGIT_LOG"\n',
  );
  await json("run", "spam", "--data", "data", "--weights", "w.bin", "-m", "first", "--", "sh", "run.sh");
  await json("run", "spam", "--", "sh", "-c", "echo hi; exit 3");
  await json("runs");
  await json("storage", "--all");
  const [
    {
      runs: [kept],
    },
  ] = documents.get("runs") as [{ runs: [{ id: string }] }];
  if (kept === undefined) throw new Error(failed.join("\n"));
  await json("runs", "show", kept.id);
  await json("runs", "rm", kept.id);
  write("data/a.csv", "id,text\n1,a\n2,b\n");
  write("w.bin", "second");
  write("big.bin", "y".repeat(200));
  fs.mkdirSync(join(box.dir, "work/large"));
  write("large/file", "z".repeat(6 * 1024 * 1024));
  await json("status", "--remote", "store");
  await json("diff");
  fs.rmSync(join(box.dir, "work/large"), { recursive: true });
  await json("save", "spam", "-m", "second");
  await json("checkout", "--force");
  await json("ls");
  await json("push", "--all");
  await json("fetch");
  await json("pull");
  await git("push", "-q", "origin", "main", "--tags");
  await json("note", "spam@v1", "good on short mails");
  await json("log");
  await json("show", "spam@v1", "--plot", "loss");
  await json("compare", "spam@v1", "spam@v2");
  await json("compare", "spam@v1", "spam@v2", "--patch", "--wide");
  await json("compare", "spam@v1", "spam@v2", "spam@v1");
  await json("promote", "spam@v1", "production", "-m", "good");
  await json("promote", "spam@v2", "production");
  await json("rollback", "spam", "production", "-m", "bad");
  await json("stages");
  await json("history", "spam");
  await json("models");
  await json("lineage", "spam@v1");
  await json("ui", "--export", "../pages");
  for (let twice = 0; twice < 2; twice++) await json("retract", "spam@v1", "-m", "bad", "--force");
  await json("stage", "check");
  await json("retract", "spam@v1", "--undo");
  write("stages.yaml", "spam:\n  production: 2\n");
  await git("commit", "-q", "-am", "reviewed");
  await json("stage", "apply");
  await json("receipt", "spam#production");
  await json("bom", "spam@v1");
  await json("explain", "spam#production");
  await json("explain", "w.bin");
  await json("export", "spam@v1", "-o", "../out");
  await json("get", join(box.dir, "host.git"), "spam@v1", "-o", "../got", "--remote", join(box.dir, "store"));
  await json("reproduce", "spam@v1");
  await json("renumber", "spam");
  await json("audit");
  await json("freeze", "frozen.txt", "--", "echo", "frozen");
  await json("remote", "add", "second", "../second");
  await json("push", "--remote", "all");
  await json("remote", "copy", "store", "second", "--everything");
  await json("remote", "repack", "store");
  await json("remote", "list");
  await json("remote", "default", "store");
  await json("remote", "accept");
  await json("remote", "remove", "second");
  await json("hooks", "install");
  await json("hooks", "status");
  write("w.bin.mvgit", "<<<<<<< ours\n");
  await git("add", "-A");
  await json("hooks", "run");
  await git("checkout", "-q", "HEAD", "--", "w.bin.mvgit");
  await json("hooks", "uninstall");
  await json("doctor", "--remote");
  await json("fsck");
  await json("gc");
  await json("gc", "--remote", "--dry-run");
  await json("trust", "--list");
  await json("completion", "bash");
  await json(
    "run",
    "swept",
    "--weights",
    "swept.bin",
    "--grid",
    "lr=0.1,0.2",
    "--",
    "sh",
    "-c",
    "echo {lr} > swept.bin",
  );
  write("plain.dat", "p".repeat(6 * 1024 * 1024));
  await git("add", "-A");
  await git("commit", "-q", "-m", "plain");
  await json("import", "git", "--dry-run");
  write("lfs.dat", `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 3\n`);
  write(".gitattributes", `${box.read("work/.gitattributes").toString()}lfs.dat filter=lfs diff=lfs merge=lfs -text\n`);
  await json("import", "lfs", "--dry-run");
  write(".dvc/config", "");
  write("x.dvc", `outs:\n- md5: ${"b".repeat(32)}\n  size: 3\n  path: x\n`);
  await git("add", "-A");
  await git("commit", "-q", "--no-verify", "-m", "others");
  await json("import", "dvc", "--dry-run");
  await json("import", "gto", "--dry-run");
  write(
    "mlruns/0/meta.yaml",
    "artifact_location: mlruns/0\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n",
  );
  await json("import", "mlflow", "mlruns", "--runs", "--dry-run");
  const serving = stay(box, ["--json", "-C", "work", "mlflow", "serve"]);
  await serving.said('"address"');
  await serving.stop("SIGTERM");
  take(["mlflow", "serve"], 0, serving.stdout());
  await conflict(git, write);
  await json("convert", "../copy", "--to", "dvc", "--dry-run");
}, 300_000);
afterAll(() => box.cleanup());

/** A merge of which both sides changed one tracked file. */
async function conflict(
  git: (...args: string[]) => Promise<unknown>,
  write: (path: string, text: string) => void,
): Promise<void> {
  await git("reset", "-q", "--hard");
  for (const [branch, text] of [
    ["side", "theirs"],
    ["main", "ours"],
  ] as const) {
    await git("checkout", "-q", ...(branch === "side" ? ["-b"] : []), branch);
    await json("checkout", "--force");
    write("big.bin", text);
    await json("add", "big.bin");
    await git("commit", "-q", "--no-verify", "-m", text);
  }
  await box.git("work", ["merge", "-q", "side"], -1);
  await json("conflicts");
  await json("checkout", "--ours", "big.bin");
  await git("commit", "-q", "--no-verify", "-m", "merged");
}

/**
 * Fields of a row: names at the outermost level, each with those inside of it; what stands in round brackets is prose.
 */
function fieldsOf(text: string): Map<string, Set<string>> {
  const fields = new Map<string, Set<string>>();
  const depth = { curly: 0, round: 0 };
  let last = "";
  for (const [token] of text.matchAll(/`[^`]*`|[{}()]/g)) {
    if (token === "(") depth.round++;
    else if (token === ")") depth.round--;
    else if (token === "{") depth.curly++;
    else if (token === "}") depth.curly--;
    else if (depth.round === 0 && /^`[a-zA-Z0-9]+`$/.test(token)) {
      const name = token.slice(1, -1);
      if (depth.curly > 0) fields.get(last)?.add(name);
      else fields.set((last = name), new Set());
    }
  }
  return fields;
}

/** Rows that refer to another, or say when a field is there. */
const AS: Record<string, string> = {
  "runs show": "runs",
  "import lfs": "import dvc",
  "import git": "import dvc",
  explain: "show",
};
/** Fields that are not always there, and need what this story has not: named here, so that no other is missed. */
const ELSEWHERE = new Set([
  "add unknown",
  "status tracked isUnknown",
  "status left",
  "status tracked detail",
  "status tracked open",
  "import lfs refs",
  "import git refs",
  "explain label",
  "note stayed",
  "freeze source url",
  "audit findings commit",
  "fsck readOnly",
  "hooks run findings commit",
  "runs show runs",
  "ui address",
  "ui port",
  "ui moves",
]);

/** Whether any document has it; one inside of a field also where no document has anything there. */
function seen(command: string, path: readonly [string, ...string[]]): boolean {
  const inner = path.slice(1);
  return inner.length === 0
    ? valuesAt(command, path).length > 0
    : valuesAt(command, [path[0]]).every(
        (each) => each === null || typeof each !== "object" || (Array.isArray(each) && each.length === 0),
      ) || valuesAt(command, path).length > 0;
}

function valuesAt(command: string, path: readonly string[]): unknown[] {
  return path.reduce<unknown[]>(
    (all, name) =>
      all.flatMap((each) => {
        const value =
          each !== null && typeof each === "object" && name in each ? [(each as Record<string, unknown>)[name]] : [];
        // An empty list is seen as what it is: there is nothing inside of it.
        return value.flatMap((inner) => (Array.isArray(inner) && inner.length > 0 ? inner : [inner]));
      }),
    documents.get(command) ?? [],
  );
}

/** Commands that print no document, or one that another page describes. */
const SILENT = new Set(["cat", "merge-driver", "textconv", "reproduce"]);

/** What docs/json.md says of each command. */
const LISTED = new Map(
  fs
    .readFileSync(join(ROOT, "docs/json.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(2, -2).split(" | ") as [string, string])
    .flatMap(([names, text]) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => [name, text] as const)),
);

/** The row of a command, after that of the one it refers to. */
function rowOf(name: string): string {
  const own = (LISTED.get(name) ?? "").replace(/^as one of `\w+`, and/, "").replace(/^as `[^`]+`, and/, "");
  return `${LISTED.get(AS[name] ?? "") ?? ""} ${own}`;
}

it("docs/json.md lists what the commands print", () => {
  expect(failed.map((each) => each.replaceAll(box.dir, "<here>"))).toEqual([]);
  const missing: string[] = [];
  for (const { name } of allCommands().filter((each) => !SILENT.has(each.name))) {
    if (!documents.has(name)) missing.push(`${name}: not run`);
    const text = rowOf(name);
    const other =
      name === "gc"
        ? text.replace("instead of `damaged`", "")
        : text
            .replace(/; with `--at`.*/, "")
            .replace(/^ as `import dvc`.*/, "")
            .replace(name === "save" ? /; of `run --grid`.*/ : "", "");
    for (const [field, inner] of fieldsOf(other)) {
      if (!seen(name, [field]) && !ELSEWHERE.has(`${name} ${field}`)) missing.push(`${name} ${field}`);
      for (const each of inner)
        if (!seen(name, [field, each]) && !ELSEWHERE.has(`${name} ${field} ${each}`))
          missing.push(`${name} ${field} ${each}`);
    }
  }
  expect(missing).toEqual([]);
});

it("and prints no field that docs/json.md does not list", () => {
  const unlisted = new Set<string>();
  for (const { name } of allCommands().filter((each) => !SILENT.has(each.name))) {
    const fields = fieldsOf(rowOf(name));
    const named = new Set([...rowOf(name).matchAll(/`([a-zA-Z0-9]+)`/g)].map(([, field = ""]) => field));
    for (const document of (documents.get(name) ?? []) as Record<string, unknown>[]) {
      for (const field of Object.keys(document).filter((each) => each !== "mvgit" && each !== "command"))
        if (!named.has(field)) unlisted.add(`${name} ${field}`);
    }
    for (const [field, inner] of fields) {
      if (inner.size === 0) continue;
      for (const value of valuesAt(name, [field])) {
        if (value === null || typeof value !== "object" || Array.isArray(value)) continue;
        for (const key of Object.keys(value)) if (!named.has(key)) unlisted.add(`${name} ${field} ${key}`);
      }
    }
  }
  expect([...unlisted]).toEqual([]);
});
