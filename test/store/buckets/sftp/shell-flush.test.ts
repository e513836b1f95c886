/** A flush by a shell is believed only where that shell says that it saw the very file. */
import * as fs from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Talk } from "../../../../src/program/talk.ts";
import { startTalk } from "../../../../src/program/talk.ts";
import { ShellFlush } from "../../../../src/store/buckets/sftp/shell-flush.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { MIB, names } from "../../../conformance/bucket/cell.ts";
import { SftpLiar } from "../../../support/sftp-liar.ts";
import { openSftp } from "../../../support/sftp-open.ts";
import { makeTestFolder, type TestFolder } from "../../../support/test-folder.ts";

let box: TestFolder;
beforeEach(() => {
  box = makeTestFolder();
  box.write("store/tmp/file", "bytes");
});
afterEach(() => box.remove());

/** A shell that answers each line with what `say` makes of it; null: it ends. */
function talkOf(say: (line: string) => string | null): Talk {
  const output = new PassThrough();
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const input = new Writable({
    write(chunk: Buffer, _, done) {
      const answer = say(chunk.toString());
      if (answer === null) end();
      else output.write(answer);
      done();
    },
  });
  return { input, output, ended, words: () => "", hold: () => undefined, stop: () => end() };
}

const wordOf = (line: string): string => /then echo (\S+);/.exec(line)?.[1] ?? "";
const QUICK = { first: 50, later: 50 };

describe("an answer of a shell", () => {
  it.each([
    ["the word that was asked for", (line: string) => `${wordOf(line)}\n`, true],
    ["the same behind what an account prints", (line: string) => `Welcome!\nmvgit-\n${wordOf(line)}\n`, true],
    ["that it is not so", (line: string) => `no ${wordOf(line)}\n`, false],
    ["the command itself", (line: string) => line, false],
    ["half a line", (line: string) => wordOf(line), false],
    ["the word of another question", () => "mvgit-0000000000000000\n", false],
    ["nothing", () => "", false],
    ["an end", () => null, false],
    ["letters without end", () => "x".repeat(100_000), false],
  ])("%s: %s", async (_, say, isDone) => {
    const flush = new ShellFlush(() => talkOf(say), QUICK);
    expect(await flush.flush("/store/tmp/file")).toBe(isDone);
    expect(flush.mayHelp).toBe(isDone);
  });

  it("is not kept where it goes on and on, asked or not", async () => {
    const talk = talkOf((line) => `${wordOf(line)}\n`);
    const flush = new ShellFlush(() => talk, QUICK);
    expect(await flush.flush("/store/tmp/file")).toBe(true);
    // More than fits into any text.
    const many = Buffer.alloc(64 * MIB, "x");
    for (let at = 0; at < 9; at++) talk.output.emit("data", many);
    expect(await flush.flush("/store/tmp/file")).toBe(true);
  });

  it("is shared by all who wait for it, and asked for anew by who comes later", async () => {
    let asked = 0;
    const flush = new ShellFlush(() => talkOf((line) => `${asked++ < 2 ? wordOf(line) : "no"}\n`), QUICK);
    expect(await Promise.all([1, 2, 3].map(() => flush.flush("/a")))).toEqual([true, true, true]);
    const first = flush.flush("/a");
    await new Promise((resolve) => setImmediate(resolve));
    const later = flush.flush("/a");
    expect([await first, await later, asked]).toEqual([true, false, 3]);
  });
});

describe.skipIf(platform !== "linux")("a real shell", () => {
  const shell = (): ShellFlush => new ShellFlush(() => startTalk({ file: "/bin/sh", args: [], env: process.env }));

  it("flushes where it sees the file, whatever it is called, and nowhere else", async () => {
    expect(await shell().flush(join(box.dir, "store/tmp/file"))).toBe(true);
    box.write("it's $(id)/tmp/file", "bytes");
    expect(await shell().flush(join(box.dir, "it's $(id)/tmp/file"))).toBe(true);
    expect(await shell().flush(join(box.dir, "store/tmp/other"))).toBe(false);
    expect(await shell().flush("no such/file")).toBe(false);
  });

  it("flushes many small objects together; without it each is flushed alone, and nothing is left", async () => {
    for (const [file, most] of [
      ["/bin/sh", 70],
      ["/bin/false", 200],
    ] as const) {
      const liar = new SftpLiar();
      const folder = join(box.dir, `of ${file.slice(5)}`);
      fs.mkdirSync(folder);
      const bucket = openSftp(folder, {
        start: () => liar.start(),
        startShell: () => startTalk({ file, args: [], env: process.env }),
      });
      const all = Array.from({ length: 200 }, (_, at) => `blobs/${at % 7}/${at}`);
      const outcomes = await Promise.all(all.map((name) => bucket.putIfAbsent(name, bytesSource(Buffer.from(name)))));
      expect(new Set(outcomes)).toEqual(new Set(["written"]));
      expect(await Promise.all(all.map((name) => bucket.putIfAbsent(name, bytesSource(Buffer.from(name)))))).toEqual(
        all.map(() => "present"),
      );
      expect((await names(bucket, "")).toSorted()).toEqual(all.toSorted());
      expect(fs.readdirSync(join(folder, "tmp"))).toEqual([]);
      const flushed = liar.asked.filter((each) => each === "fsync").length;
      if (most === 70) expect(flushed).toBeLessThan(2 * most);
      else expect(flushed).toBe(2 * most);
    }
  });
});
