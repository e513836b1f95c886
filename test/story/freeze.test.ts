/** `mvgit freeze`: what a command or an address gives becomes tracked bytes; what fails leaves everything as it was. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { startConnectProxy } from "../support/connect-proxy.ts";
import { startGcsServer } from "../support/gcs-server.ts";
import { mvgitHere } from "../support/in-process.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { DRAWN, drawTests, numbers, SEED, THOROUGH } from "../support/thorough.ts";

let box: Sandbox;
let restore: () => void;
drawTests(3);

beforeAll(async () => {
  box = await makeSandbox();
  box.write("work/a.txt", "a");
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "start"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => {
  // What the last test that was drawn left is not looked at.
  restore();
  box.cleanup();
});

const pointer = (path: string): string => box.read(`work/${path}.mvgit`).toString();
const freeze = (args: readonly string[], status = 0): Promise<{ stdout: string; stderr: string }> =>
  box.mv("work", ["freeze", ...args], status);
/** Everything that Git or a reader of the repository could see, and what the clone keeps beside the blobs. */
async function everythingKept(): Promise<string> {
  await box.git("work", ["commit", "-qam", "frozen"]);
  const kept = fs
    .readdirSync(join(box.dir, "work/.git/mvgit"), { withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => box.read(`work/.git/mvgit/${each.name}`).toString("latin1"));
  return [(await box.git("work", ["show", "HEAD"])).stdout, ...kept].join("\n");
}

describe("a command", () => {
  it("its stdout is tracked, with words, folder, time and status; stderr passes through", async () => {
    box.write("work/sub/q.sh", "echo to-stderr >&2; printf 'id,text\\n1,a\\n'\n");
    const ran = await box.mv("work/sub", ["freeze", "../data.csv", "--", "sh", "q.sh"]);
    expect(ran.stderr).toBe("to-stderr\n");
    expect(ran.stdout).toMatch(/^froze data.csv \(12 B, blob \w{10}\)\nfrom sh q.sh\n$/);
    expect(box.read("work/data.csv").toString()).toBe("id,text\n1,a\n");
    expect(
      pointer("data.csv")
        .replace(/\w{64}/, "<hash>")
        .replace(/20\d\d-\d\d-\d\dT\S+Z/, "<time>"),
    ).toBe(
      'mvgit: 1\nblake3: <hash>\nsize: 12\nsource.command: ["sh","q.sh"]\nsource.folder: sub\n' +
        "source.status: 0\nsource.time: <time>\n",
    );
    expect((await box.git("work", ["status", "--porcelain", "data.csv*", ".gitignore"])).stdout).toBe(
      "A  .gitignore\nA  data.csv.mvgit\n",
    );
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("clean");
    await box.mv("work", ["push", "data.csv"]);
  });

  it("that fails, cannot start, or is interrupted freezes nothing", async () => {
    await freeze(["data.csv", "--", "echo", "old"]);
    const before = pointer("data.csv");
    const failed = await freeze(["data.csv", "--", "sh", "-c", "echo half; exit 7"], 1);
    expect(failed.stderr).toContain("error: the command ended with status 7: 'data.csv' was not frozen");
    expect((await freeze(["data.csv", "--", "sh", "-c", "echo half; kill -9 $$"], 1)).stderr).toContain(
      "was ended by SIGKILL",
    );
    expect((await freeze(["data.csv", "--", "no-such-program"], 1)).stderr).toContain("there is no such program");
    const child = spawn(
      process.execPath,
      [
        join(BIN, "mvgit"),
        "freeze",
        "data.csv",
        "--",
        "sh",
        "-c",
        "echo half; trap 'echo caught >&2; exit 0' INT; echo ready >&2; while :; do sleep 0.05; done",
      ],
      {
        cwd: join(box.dir, "work"),
        env: { ...hermeticEnv(box.dir), ...box.env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      },
    );
    let words = "";
    child.stderr.on("data", (part: Buffer) => {
      words += part.toString();
      if (words.endsWith("ready\n")) child.kill("SIGINT");
    });
    const [status] = (await once(child, "close")) as [number];
    expect([status, words]).toEqual([
      130,
      expect.stringMatching(
        /^ready\ncaught\nerror: the command was interrupted by SIGINT: 'data.csv' was not frozen\n/,
      ),
    ]);
    expect([box.read("work/data.csv").toString(), pointer("data.csv")]).toEqual(["old\n", before]);
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([]);
    await freeze(["new.csv", "--", "false"], 1);
    expect([box.exists("work/new.csv"), box.exists("work/new.csv.mvgit")]).toEqual([false, false]);
  });

  it("--refresh runs it again, where it ran, and counts rows", async () => {
    box.write("work/sub/rows", "1,a\n2,b\n");
    await box.mv("work/sub", ["freeze", "../data.csv", "--", "cat", "rows"]);
    await box.git("work", ["commit", "-qam", "frozen"]);
    const same = JSON.parse((await freeze(["--refresh", "data.csv", "--json"])).stdout);
    expect(same).toMatchObject({ what: "unchanged", source: { command: ["cat", "rows"], folder: "sub" }, rows: null });
    expect((await box.git("work", ["status", "--porcelain", "-uno"])).stdout).toBe("");
    box.write("work/sub/rows", "1,a\n2,c\n3,d\n");
    expect((await freeze(["--refresh", "data.csv"])).stdout).toMatch(
      /^froze anew data.csv \(8 B -> 12 B, rows \+2 -1, blob/,
    );
    expect(box.read("work/data.csv").toString()).toBe("1,a\n2,c\n3,d\n");
    // Bytes that somebody edited no longer came from there.
    box.write("work/data.csv", "edited by hand\n");
    expect((await freeze(["--refresh", "data.csv"], 1)).stderr).toContain("the file there has changes in no store");
    await box.mv("work", ["add", "data.csv"]);
    expect(pointer("data.csv")).not.toContain("source.");
    expect((await freeze(["--refresh", "data.csv"], 2)).stderr).toContain("was not frozen");
  });

  it("that a colleague recorded is run only with consent", async () => {
    await freeze(["data.csv", "--", "sh", "-c", "echo x > ran; echo y"]);
    await box.git("work", ["commit", "-qam", "frozen"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    const { stderr } = await box.mv("clone", ["freeze", "--refresh", "data.csv"], 1);
    expect(stderr).toContain("the command of 'data.csv' was recorded by somebody else: sh -c 'echo x > ran; echo y'");
    expect(box.exists("clone/ran")).toBe(false);
    await box.mv("clone", ["freeze", "--refresh", "--trust", "data.csv"]);
    expect(box.exists("clone/ran")).toBe(true);
    await box.mv("clone", ["freeze", "--refresh", "data.csv"]);
    box.write(
      "clone/data.csv.mvgit",
      box.read("clone/data.csv.mvgit").toString().replace("source.status", "source.folder: ..\nsource.status"),
    );
    expect((await box.mv("clone", ["freeze", "--refresh", "--trust", "data.csv"], 1)).stderr).toContain("'..'");
  });

  it("its secrets are masked everywhere, and asked for again", async () => {
    box.env["DB_PASSWORD"] = "hunter2-hunter2";
    const { stdout } = await freeze([
      "data.csv",
      "--",
      "sh",
      "-c",
      "printf '%s' \"$1\" | wc -c",
      "sh",
      "--password=hunter2-hunter2",
    ]);
    expect(stdout).toContain("--password=${DB_PASSWORD}");
    expect(pointer("data.csv")).toContain("source.secrets: DB_PASSWORD\n");
    expect(await everythingKept()).not.toContain("hunter2");
    const lacking = await freeze(["--refresh", "data.csv"], 1);
    expect(lacking.stderr).toContain(
      "hint: set each as a variable and name it: 'mvgit freeze --refresh data.csv --env DB_PASSWORD'",
    );
    box.env["DB_PASSWORD"] = "hunter3-hunter3-longer";
    await freeze(["--refresh", "data.csv", "--env", "DB_PASSWORD"]);
    expect(box.read("work/data.csv").toString().trim()).toBe(String("--password=hunter3-hunter3-longer".length));
    expect(await everythingKept()).not.toContain("hunter3");
  });

  it("that never ends is ended when the disk is full", async () => {
    await freeze(["data.csv", "--", "echo", "old"]);
    box.env["MVGIT_FAULT"] = "ENOSPC@12";
    expect((await freeze(["data.csv", "--", "yes"], 25)).stderr).toContain("no space left");
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([]);
  });

  it("killed at any step, it can be run again", { timeout: 120_000 }, async () => {
    const here = async (...args: string[]): Promise<void> => {
      const ran = await mvgitHere(args, { cwd: join(box.dir, "work"), env: box.env });
      expect(ran, ran.stderr).toMatchObject({ status: 0 });
    };
    await here("freeze", "data.csv", "--", "echo", "old");
    let at = 0;
    const random = numbers(SEED);
    for (let killed = true; killed;) {
      at += THOROUGH ? 3 : 6 + Math.floor(random() * 7);
      box.env["MVGIT_FAULT"] = `kill@${at}`;
      killed = await freeze(["data.csv", "--", "echo", `new ${at}`], -1).then(
        () => false,
        (error: Error) => error.message.includes("SIGKILL"),
      );
      expect(["old\n", `new ${at}\n`]).toContain(box.read("work/data.csv").toString());
      delete box.env["MVGIT_FAULT"];
      await here("freeze", "data.csv", "--", "echo", "old");
      await here("status", "--check", "data.csv");
    }
    expect(at, DRAWN).toBeGreaterThan(6);
  });

  it("a database, where sqlite3 is there, else printf", async () => {
    const program = fs.existsSync("/usr/bin/sqlite3")
      ? ["sqlite3", "live.db", ".mode csv", "select 1 as id, 'a,b' as text"]
      : ["printf", '1,"a,b"\\r\\n'];
    await freeze(["data.csv", "--", ...program]);
    expect(box.read("work/data.csv").toString().trim()).toBe('1,"a,b"');
  });
});

describe("a path", () => {
  it("is refused where bytes would be lost, or where it cannot be, before anything is run", async () => {
    const run = ["--", "sh", "-c", "echo ran > ../ran; echo new"];
    box.write("work/mine.csv", "mine");
    box.write("work/folder/x", "x");
    box.write("work/plain/x", "x");
    fs.symlinkSync("a.txt", join(box.dir, "work/link"));
    await box.mv("work", ["add", "folder"]);
    for (const [path, words] of [
      ["mine.csv", "is not tracked, and its bytes are in no store"],
      ["a.txt", "Git itself keeps it"],
      ["folder", "it is a folder"],
      ["plain", "it is a folder"],
      ["folder/new.csv", "mvgit tracks 'folder', which it lies in"],
      ["link", "symbolic link"],
      [".", "whole work tree"],
      ["../x", "outside"],
    ])
      expect((await freeze([path as string, ...run], 1)).stderr).toContain(words);
    expect(box.exists("ran")).toBe(false);
    const { stdout } = await freeze(["--force", "mine.csv", ...run]);
    expect(box.read("work/mine.csv").toString()).toBe("new\n");
    const hash = /--hash (\w+)/.exec(stdout)?.[1] as string;
    expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("mine");
  });

  it("that the command itself changes meanwhile is kept", async () => {
    await freeze(["data.csv", "--", "echo", "old"]);
    expect(
      (await freeze(["data.csv", "--", "sh", "-c", "rm data.csv; echo written > data.csv; echo printed"], 1)).stderr,
    ).toContain("has changes in no store");
    expect(box.read("work/data.csv").toString()).toBe("written\n");
  });

  it("usage that means nothing is told", async () => {
    for (const args of [
      ["x"],
      ["x", "ftp://host/x"],
      ["x", "data.csv"],
      ["--refresh", "x", "https://host/x"],
      ["x", "https://a/x", "--", "true"],
      ["x", "--"],
      ["x", "gs://bucket"],
      ["x", "--", "echo", "x".repeat(20_000)],
    ])
      await freeze(args, 2);
  });
});

describe("an address", () => {
  let server: http.Server;
  let base: string;
  let answer: http.RequestListener;
  const asked: { url: string; authorization: string | undefined }[] = [];
  beforeEach(async () => {
    asked.length = 0;
    server = http.createServer((req, res) => {
      asked.push({ url: req.url ?? "", authorization: req.headers.authorization });
      answer(req, res);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  });

  it("its answer is tracked, with what it tells of itself; secrets are not", async () => {
    answer = (_, res) =>
      res.writeHead(200, { etag: '"v1"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT" }).end("1,a\n");
    const url = `http://mary:open-sesame@${base}/rows?token=t0ps3cret&year=2026#hidden`;
    const { stdout } = await freeze(["data.csv", url]);
    expect(asked).toEqual([
      {
        url: "/rows?token=t0ps3cret&year=2026",
        authorization: `Basic ${Buffer.from("mary:open-sesame").toString("base64")}`,
      },
    ]);
    expect(pointer("data.csv")).toContain(
      `source.url: http://\${URL_USER}:\${URL_PASSWORD}@${base}/rows?token=\${TOKEN}&year=2026\n`,
    );
    for (const line of [
      'source.etag: "v1"',
      "source.last-modified: Thu, 01 Jan 2026 00:00:00 GMT",
      "source.secrets: URL_USER URL_PASSWORD TOKEN",
    ])
      expect(pointer("data.csv")).toContain(`${line}\n`);
    const kept = `${stdout}${await everythingKept()}`;
    for (const secret of ["mary", "open-sesame", "t0ps3cret", "hidden"]) expect(kept).not.toContain(secret);
    answer = (_, res) => res.end("1,a\n2,b\n");
    expect((await freeze(["--refresh", "data.csv"], 1)).stderr).toContain("URL_USER, URL_PASSWORD, TOKEN");
    Object.assign(box.env, { URL_USER: "mary", URL_PASSWORD: "open-sesame", TOKEN: "t0ps3cret" });
    expect(
      (await freeze(["--refresh", "data.csv", "--env", "URL_USER", "--env", "URL_PASSWORD", "--env", "TOKEN"])).stdout,
    ).toContain("4 B -> 8 B, rows +1 -0");
    expect(asked.at(-1)).toEqual(asked[0]);
    for (const secret of ["mary", "open-sesame", "t0ps3cret", "hidden"])
      expect(await everythingKept().catch(() => pointer("data.csv"))).not.toContain(secret);
  });

  it("that is cut, too short, refused or away freezes nothing", async () => {
    await freeze(["data.csv", "--", "echo", "old"]);
    const before = pointer("data.csv");
    const faults: [http.RequestListener, number, string][] = [
      [
        (_, res) => void res.writeHead(200, { "content-length": "100" }).write("half", () => res.destroy()),
        25,
        "the connection to",
      ],
      [(_, res) => void res.writeHead(200).write("half", () => res.destroy()), 25, "the connection to"],
      [
        (_, res) => res.writeHead(200, { "x-goog-hash": "crc32c=AAAAAA==" }).end("other bytes"),
        25,
        "do not fit their CRC32C",
      ],
      [(_, res) => res.writeHead(404).end("no such page"), 23, "answered 404"],
      [(_, res) => res.writeHead(403).end(), 22, "answered 403"],
      [(_, res) => res.writeHead(503).end(), 25, "answered 503"],
      [(_, res) => res.writeHead(206).end("part"), 25, "answered 206"],
      [(_, res) => res.writeHead(302, { location: "/again" }).end(), 25, "redirects more than 10 times"],
      [(_, res) => res.writeHead(302).end(), 25, "without saying where to go"],
      [
        (_, res) => res.writeHead(302, { location: "file:///etc/passwd" }).end(),
        25,
        "redirects to 'file://', which is not followed",
      ],
      [
        (_, res) => res.writeHead(302, { location: "http://example.invalid/x" }).end(),
        25,
        "redirects to 'http://example.invalid', which is not followed",
      ],
    ];
    for (const [fault, status, words] of faults) {
      answer = fault;
      expect((await freeze(["data.csv", `http://${base}/x`], status)).stderr).toContain(words);
    }
    expect((await freeze(["data.csv", "http://127.0.0.1:1/x"], 25)).stderr).toContain("ECONNREFUSED");
    expect((await freeze(["data.csv", "http://example.invalid/x"], 2)).stderr).toContain(
      "with plain http:// anybody on the way can change the bytes",
    );
    expect([box.read("work/data.csv").toString(), pointer("data.csv")]).toEqual(["old\n", before]);
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([]);
  });

  it("is followed to other hosts without credentials, and never from https to http", async () => {
    answer = (req, res) => {
      if (req.url === "/first") return res.writeHead(302, { location: "/second" }).end();
      if (req.url !== "/second") return res.end("there");
      return res.writeHead(307, { location: `http://localhost:${base.split(":")[1]}/third` }).end();
    };
    server.close();
    server.closeAllConnections();
    await once(server.listen(Number(base.split(":")[1])), "listening");
    await freeze(["data.csv", `http://ada:open-sesame@${base}/first`]);
    expect(asked.map(({ url, authorization }) => [url, authorization !== undefined])).toEqual([
      ["/first", true],
      ["/second", true],
      ["/third", false],
    ]);
    const proxy = await startConnectProxy(Number(base.split(":")[1]));
    Object.assign(box.env, {
      HTTPS_PROXY: `http://${proxy.place}`,
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      NODE_NO_WARNINGS: "1",
    });
    answer = (req, res) =>
      req.url === "/ok" ? res.end("secure") : res.writeHead(302, { location: `http://${base}/ok` }).end();
    expect((await freeze(["other.csv", "https://storage.example/down"], 25)).stderr).toContain(
      "'storage.example' redirects to 'http://127.0.0.1",
    );
    await freeze(["other.csv", "https://storage.example/ok"]);
    expect(box.read("work/other.csv").toString()).toBe("secure");
    await proxy.close();
  });

  it("that is slow is waited for, and Ctrl-C ends it with nothing frozen", async () => {
    answer = (_, res) => {
      res.writeHead(200, { "content-length": "8" });
      [..."12345678"].forEach((char, index) =>
        setTimeout(() => (index === 7 ? res.end(char) : res.write(char)), 20 * index),
      );
    };
    await freeze(["slow.csv", `http://${base}/x`]);
    expect(box.read("work/slow.csv").toString()).toBe("12345678");
    let child: ReturnType<typeof spawn> | null = null;
    answer = (_, res) => void res.writeHead(200, { "content-length": "8" }).write("1", () => child?.kill("SIGINT"));
    child = spawn(process.execPath, [join(BIN, "mvgit"), "freeze", "slow.csv", `http://${base}/x`], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: "ignore",
    });
    expect(await once(child, "close")).toEqual([130, null]);
    expect(box.read("work/slow.csv").toString()).toBe("12345678");
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([]);
  });

  it("of a bucket: the generation is recorded; a cut is gone over, wrong bytes are refused", async () => {
    const gcs = await startGcsServer();
    box.env["STORAGE_EMULATOR_HOST"] = gcs.url;
    gcs.put("bucket", "exports/a b#1.csv", Buffer.from("1,a\n"));
    await freeze(["data.csv", "gs://bucket/exports/a b#1.csv"]);
    expect(pointer("data.csv")).toMatch(/source\.generation: \d+\n/);
    expect(pointer("data.csv")).toContain("source.url: gs://bucket/exports/a b#1.csv\n");
    gcs.put("bucket", "exports/a b#1.csv", Buffer.from("1,a\n2,b\n"));
    gcs.faults.add({ kind: "get", action: { do: "cut-body", after: 3 } });
    const before = pointer("data.csv");
    expect((await freeze(["--refresh", "data.csv"])).stdout).toContain("rows +1 -0");
    expect(pointer("data.csv")).not.toBe(before);
    gcs.put("bucket", "exports/a b#1.csv", Buffer.from("9,z\n"));
    gcs.faults.add({ kind: "get", times: 20, action: { do: "wrong-bytes" } });
    await freeze(["--refresh", "data.csv"], 25);
    expect(box.read("work/data.csv").toString()).toBe("1,a\n2,b\n");
    expect((await freeze(["data.csv", "gs://bucket/nothing"], 23)).stderr).toContain(
      "there is no 'gs://bucket/nothing'",
    );
    await gcs.close();
  });
});
