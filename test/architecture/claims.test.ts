/**
 * Who alone may do what, as docs/architecture.md and comments claim it. Each exception stands here with its reason; a
 * new one fails, and so does one that is needed no more.
 */
import type { Node } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { pattern } from "../../src/base/pattern.ts";
import { words } from "../../src/base/words.ts";
import { type Use, usesOf } from "../support/built-in-uses.ts";
import { allSources, callsOf, readSource, type Source, wordsOf } from "../support/source-code.ts";

interface Claim {
  /** What is looked for in a source; a line of the answer is `path: what`. */
  find(source: Source): Found[];
  /** Files, and folders with a `/` at the end, that may do it. */
  home: readonly string[];
  /** `path: what`, each with the reason why it is not done at home. */
  exceptions: Readonly<Record<string, string>>;
  /** Code that is found, each once. */
  seen: readonly string[];
  /** Code that is not. */
  passed?: readonly string[];
}

interface Found {
  path: string;
  what: string;
}

const uses = (test: (use: Use, source: Source) => boolean) => (source: Source) =>
  usesOf(source)
    .filter((use) => test(use, source))
    .map((use) => ({ path: source.path, what: use.name }));

/** Functions of `node:fs` that change the disk or flush it, each also with `Sync`. */
const CHANGES = new Set(
  words(`
    appendFile chmod chown copyFile cp createWriteStream fchmod fchown fdatasync fsync ftruncate futimes lchmod
    lchown link lutimes mkdir mkdtemp mkdtempDisposable rename rm rmdir symlink truncate unlink utimes write
    writeFile writev
  `),
);
/** Methods of an open file that do so. Its `write` needs flags by which it was opened, and those are looked at. */
const OF_HANDLES = /^(?:appendFile|chmod|chown|datasync|sync|truncate|utimes|writeFile|writev)$/;

/** Whether a file is opened, or may be, to be changed. */
function opensToChange(use: Use, source: Source): boolean {
  if (!/^open(?:Sync)?$/.test(use.name)) return false;
  const flags = use.given[1];
  if (flags === undefined) return use.given.length === 0;
  return !isReading(source.codeOf(flags.type === "Identifier" ? (valueOf(flags.name, source) ?? flags) : flags));
}

const isReading = (flags: string): boolean =>
  flags === '"r"' || (/\bO_(?:RDONLY|PATH)\b/.test(flags) && !/\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b/.test(flags));

function valueOf(name: string, { nodes }: Source): Node | null {
  const found = nodes.find(
    (node) => node.type === "VariableDeclarator" && node.id.type === "Identifier" && node.id.name === name,
  );
  return found?.type === "VariableDeclarator" ? found.init : null;
}

/** Commands of Git's that change a ref, the index or the work tree. */
const CHANGING = new Set(
  words(`
    add am branch checkout cherry-pick clone commit fetch merge mv notes pull push rebase replace reset restore
    revert rm stash switch tag update-index update-ref worktree
  `),
);

/** What of `process` changes it or is one of its streams. */
const CHANGES_PROCESS = pattern()`
  ^(?:
    \*|abort|addListener|binding|chdir|disconnect|dlopen|emit|emitWarning|execve|exit|exitCode|kill|off|on|once|
    prepend.*|reallyExit|remove.*|report|send|set.*|std.*|title|umask
  )$`;

const because = (reason: string, start: string, ends: readonly string[]): Record<string, string> =>
  Object.fromEntries(ends.map((end) => [start + end, reason]));

const ofFs = ({ of }: Use): boolean => of === "fs" || of === "fs/promises";

const CLAIMS: Readonly<Record<string, Claim>> = {
  "the disk is changed by base/disk/ alone": {
    find: (source) => [
      ...uses((use) => {
        const isChange = CHANGES.has(use.name.replace(/Sync$/, "")) || use.name === "*";
        return ofFs(use) && (isChange || opensToChange(use, source));
      })(source),
      ...callsOf(source)
        .filter(
          ({ name, isMethod, object }) => isMethod && OF_HANDLES.test(name) && object !== "fs" && object !== "this",
        )
        .map(({ name }) => ({ path: source.path, what: `.${name}` })),
    ],
    home: ["src/base/disk/"],
    exceptions: {
      "src/cli/output.ts: writeSync":
        "standard output, where it leads into a file: what a command says, not what it does",
    },
    seen: [
      'import * as fs from "node:fs";\nfs.writeFileSync(file, text);',
      'import fs from "node:fs";\nawait fs.promises\n  .rm(file);',
      'import { rename as move } from "node:fs/promises";\nmove(from, to);',
      'import { promises } from "node:fs";\nawait promises.mkdir(folder);',
      'const { rmSync } = process.getBuiltinModule("node:fs");',
      'const fs = await import("node:fs/promises");\nfs.cp(from, to);',
      'import * as fs from "node:fs";\nfs.openSync(file, "a");',
      'import * as fs from "node:fs";\nconst FLAGS = fs.constants.O_RDWR;\nfs.openSync(file, FLAGS);',
      'import * as fs from "node:fs";\nuse(fs);',
      "await handle.datasync();",
      'await handle["truncate"](1);',
      'import { writeFileSync } from "fs";\nwriteFileSync(file, text);',
      'import * as fs from "node:fs";\nfs["writeFileSync"](file, text);',
      'import * as fs from "node:fs";\nfs[`writeFileSync`](file, text);',
      'import * as fs from "node:fs";\nconst write = fs.writeFileSync;',
      'import fs from "node:fs";\nconst { promises: { rm: gone } } = fs;',
      'import("node:fs").then(({ rmSync }) => rmSync(file));',
      'export { rmSync } from "node:fs";',
      'export * from "node:fs/promises";',
      'import { createWriteStream } from "node:fs";\ncreateWriteStream(file);',
      'import git from "isomorphic-git";\nimport * as fs from "node:fs";\ngit.init({ fs, dir });',
      'const CODE = `const fs = require("node:fs"); fs.unlinkSync(file);`;',
    ],
    passed: [
      'import * as fs from "node:fs";\nlet entry: fs.Dirent;\nfs.openSync(file, "r");\nfs.readFileSync(file);',
      'import * as fs from "node:fs";\nconst FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW;\n' +
        "fs.openSync(file, FLAGS);",
      "store.write(hash); copyFile(from, to);",
    ],
  },
  "steps are made by base/disk/, and where git changes refs or an index": {
    find: (source) =>
      callsOf(source)
        .filter(({ name, isMethod }) => name === "step" && !isMethod)
        .map(() => ({ path: source.path, what: "step" })),
    home: ["src/base/disk/", "src/git/"],
    exceptions: {},
    seen: ['step("write", file);'],
  },
  "refs and the index are changed by src/git alone": {
    find: (source) =>
      callsOf(source)
        .filter(({ name }) => name === "run" || name === "runGit")
        .flatMap(({ first }) => wordsOf(first)?.find((word) => CHANGING.has(word)) ?? [])
        .map((what) => ({ path: source.path, what })),
    home: ["src/git/"],
    exceptions: {
      ...because("in a clone of its own, which is thrown away", "src/bridges/convert.ts: ", [
        "add",
        "checkout",
        "clone",
        "commit",
      ]),
      ...because("an index of its own, of which a tree is made", "src/", [
        "bridges/foreign/kept-refs.ts: update-index",
        "bridges/mlflow/import-version.ts: update-index",
        "versions/making/outputs.ts: update-index",
        "versions/run/repositories.ts: add",
        "versions/run/sweep/beside.ts: update-index",
      ]),
      "src/bridges/lfs/import.ts: fetch": "Git LFS's own command, which brings what it keeps",
      "src/versions/reproduce/repositories.ts: update-ref": "in a scratch repository",
    },
    seen: ['repo.git.run(["update-ref", ref, oid]);', 'git.run([...DURABLE, "commit", "-q"], { input });'],
    passed: ['git.run(["rev-parse", "HEAD"]);', 'tests.run(["commit"].length);'],
  },
  "the process is changed, and its streams are used, by the two entries alone": {
    find: uses(({ of, name }) => of === "process" && CHANGES_PROCESS.test(name)),
    home: ["src/cli/main.ts", "src/hook/main.ts"],
    exceptions: {
      "src/base/faults.ts: kill": "a test's plan is that this process is killed",
      "src/base/processes.ts: kill": "signal 0, which only asks whether a process is there",
      "src/base/stop-signals.ts: on": "signals are heard here, for both entries",
      "src/base/stop-signals.ts: removeAllListeners": "as above: before the process ends by its own signal",
      "src/base/stop-signals.ts: kill": "as above: a wait that nothing cuts is ended so",
      "src/base/stop-signals.ts: exit": "as above: what was left behind is not waited for",
      "src/program/serve.ts: kill": "ends the group of a program that mvgit started",
    },
    seen: [
      'import process from "node:process";\nprocess.exitCode = 1;',
      'import { exit } from "node:process";\nexit(1);',
      "process.chdir(folder);",
      "global.process.reallyExit(1);",
      'import process from "node:process";\nconst { stdout } = process;',
    ],
    passed: ['import { platform, pid } from "node:process";\nuse(platform, pid);', "globalThis.process.version;"],
  },
  "what the process was started with is read by the entries, and handed on": {
    find: uses(({ of, name }) => of === "process" && /^(?:argv|argv0|cwd|env|execArgv|loadEnvFile)$/.test(name)),
    home: ["src/cli/main.ts", "src/hook/main.ts"],
    exceptions: {
      "src/base/current-folder.ts: cwd": "one place says what a folder means that is gone",
      "src/base/faults.ts: env": "for a command of a test's plan",
      "src/base/search-path.ts: env": "clouds' own libraries start programs with it, and take no other",
      "src/index.ts: env": "the library's default, where its caller gives none",
    },
    seen: ["process.env.HOME;", 'import { env } from "node:process";\nenv["HOME"];'],
    passed: ["repo.env; request.cwd;"],
  },
  "the time is read by base/clock.ts alone": {
    find: uses(
      ({ of, name }) =>
        (of === "Date" && /^(?:now|new|\(\))$/.test(name)) ||
        of === "performance" ||
        of === "perf_hooks" ||
        (of === "process" && /^(?:hrtime|uptime)$/.test(name)),
    ),
    home: ["src/base/clock.ts"],
    exceptions: {
      "src/base/disk/signs.ts: now": "in the code of a thread that imports nothing",
      "src/page/stages/here.ts: now": "in a browser: the reader's own clock and zone",
    },
    seen: [
      "Date.now();",
      "new Date().toISOString();",
      "performance.now();",
      "process.hrtime.bigint();",
      "const Time = Date;\nnew Time();",
      "new globalThis.Date();",
      'import { performance as watch } from "perf_hooks";\nwatch.now();',
    ],
    passed: ["new Date(time).toISOString(); Date.parse(text); clock.now();"],
  },
  "what is random is drawn by base/clock.ts alone": {
    find: uses(
      ({ of, name }) =>
        (of === "Math" && name === "random") ||
        (/^(?:crypto|webcrypto)$/.test(of) && /^(?:\*|random.*|pseudoRandom.*|getRandomValues|generate.*)$/.test(name)),
    ),
    home: ["src/base/clock.ts"],
    exceptions: {},
    seen: [
      "Math.random();",
      "crypto.randomUUID();",
      'import { randomBytes } from "node:crypto";\nrandomBytes(8);',
      "globalThis.crypto.getRandomValues(array);",
    ],
    passed: ['import { createHash } from "node:crypto";\ncreateHash("sha1"); Math.max(1, 2);'],
  },
  "programs are started by src/program, and git by git/run.ts": {
    find: uses(({ of }) => of === "child_process"),
    home: ["src/program/", "src/git/run.ts"],
    exceptions: {
      "src/base/disk/flush-many.ts: spawn": "the system's own program that flushes, below all that finds programs",
      "src/base/faults.ts: *": "a command of a test's plan",
      "src/base/faults.ts: spawnSync": "a command of a test's plan",
    },
    seen: ['import { spawn } from "node:child_process";\nspawn("git");'],
    passed: ['import type { ChildProcess } from "node:child_process";\nlet child: ChildProcess;'],
  },
  "connections are opened by base/ alone, but for those of SDKs": {
    find: uses(({ of }) => /^(?:dgram|dns|fetch|http|https|http2|net|tls|EventSource|WebSocket)$/.test(of)),
    home: ["src/base/http.ts", "src/base/proxy.ts", "src/base/loopback.ts"],
    exceptions: {
      "src/page/data.ts: ()":
        "in a browser, from the server that the page came from: its policy lets nothing else be asked",
      "src/page/acting/post.ts: ()": "the same",
      "src/page/files.ts: ()": "the same",
      "src/page/live.ts: *": "the same",
      "src/base/redirects.ts: BlockList": "compares addresses as they are written, and connects to none",
      "src/base/redirects.ts: isIP": "the same",
      "src/program/serve.ts: createServer": "asks the system for a port that is free, and serves nothing",
    },
    seen: ['import * as http from "node:http";\nhttp.request(address);', 'await fetch("https://example.com");'],
    passed: ['import { fetch } from "./fetch.ts";\nfetch(repo);', "remote.fetch(oids);"],
  },
  "nothing else of Node's that acts by itself is used": {
    find: uses(({ of }) => /^(?:cluster|inspector|repl|sqlite|test|trace_events|v8|vm|wasi)(?:$|\/)/.test(of)),
    home: [],
    exceptions: {
      "src/base/heap.ts: setFlagsFromString": "there is no other way to say how far a heap may grow; once, by an entry",
    },
    seen: [
      'import * as v8 from "node:v8";\nv8.writeHeapSnapshot(file);',
      'import { runInThisContext } from "vm";\nrunInThisContext(code);',
    ],
  },
  "threads are started by the pool, and by what gives signs of life": {
    find: uses(({ of, name }) => of === "worker_threads" && name === "Worker"),
    home: ["src/base/pool.ts", "src/base/disk/signs.ts"],
    exceptions: {},
    seen: ['import { Worker } from "node:worker_threads";\nnew Worker(file);'],
  },
};

const sources = allSources();
const atHome = ({ home }: Claim, path: string): boolean =>
  home.some((each) => (each.endsWith("/") ? path.startsWith(each) : path === each));

describe.each(Object.entries(CLAIMS))("%s", (_, claim) => {
  it("but where a reason is given", () => {
    const found = sources.flatMap(claim.find).filter(({ path }) => !atHome(claim, path));
    expect([...new Set(found.map(({ path, what }) => `${path}: ${what}`))].toSorted()).toEqual(
      Object.keys(claim.exceptions).toSorted(),
    );
  });

  it("its home is there, and does it", () => {
    for (const each of claim.home)
      expect(
        sources.filter(({ path }) => atHome({ ...claim, home: [each] }, path)).flatMap(claim.find),
        each,
      ).not.toEqual([]);
  });

  it.each(claim.seen)("sees %j", (code) => {
    expect(claim.find(readSource("planted.ts", code))).not.toEqual([]);
  });

  it.each(claim.passed ?? [])("passes %j", (code) => {
    expect(claim.find(readSource("planted.ts", code))).toEqual([]);
  });
});
