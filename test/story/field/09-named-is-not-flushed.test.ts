/**
 * A blob that got its name, and whose name was not flushed, is not there for good: whoever finds it flushes before it
 * says so.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { runProgram } from "../../support/cli.ts";
import { spyOn } from "../../support/spy.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;
const HASH = hashBytes(Buffer.from("weights"));
const at = (path: string): string => join(box.dir, path);
const blobIn = (top: string): string => at(`${top}/blobs/${HASH.slice(0, 2)}/${HASH.slice(2)}`);

shareSandbox(async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
  return box;
});

/** Kills the command after a blob got its name, and before that is flushed. */
async function killed(args: readonly string[]): Promise<void> {
  const fault = 'run@flush folder:case "$MVGIT_STEP_PATH" in */blobs/*) kill -9 $PPID;; esac';
  const program = [process.execPath, join(import.meta.dirname, "../../../bin/mvgit"), ...args];
  const ran = await runProgram(
    "/bin/sh",
    ["-c", '"$@"; status=$?; [ $status = 137 ] && exit 37; exit $status', "sh", ...program],
    { cwd: at("work"), env: { ...box.env, MVGIT_FAULT: fault } },
  );
  expect(ran.status, ran.stderr).toBe(37);
}

/** What was flushed by a command, until it named `before` or ended. */
async function flushedBy(args: readonly string[], before?: string): Promise<string[]> {
  const spy = spyOn(box.dir);
  await runProgram(process.execPath, [join(import.meta.dirname, "../../../bin/mvgit"), ...args], {
    cwd: at("work"),
    env: { ...box.env, ...spy.env },
  }).then(({ status, stderr }) => expect(status, stderr).toBe(0));
  const events = spy.events();
  const end = events.findIndex(([what, , to]) => what === "name" && before !== undefined && to === before);
  return events
    .slice(0, end < 0 ? events.length : end)
    .filter(([what]) => what === "flush")
    .map(([, path = ""]) => path);
}

it("add: killed between a blob's name and its flush, the next flushes both before the pointer is named", async () => {
  await killed(["add", "w.bin"]);
  expect(fs.existsSync(blobIn("work/.git/mvgit"))).toBe(true);
  const flushed = await flushedBy(["add", "w.bin"], at("work/w.bin.mvgit"));
  for (const path of [blobIn("work/.git/mvgit"), dirname(blobIn("work/.git/mvgit"))]) expect(flushed).toContain(path);
});

it("add of a folder: so do blobs and manifests that are found there", async () => {
  for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, "weights");
  await killed(["add", "data"]);
  expect(await flushedBy(["add", "data"], at("work/data.mvgit"))).toContain(blobIn("work/.git/mvgit"));
});

it("add of what a fetch brought, which flushes nothing, flushes it", async () => {
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
  fs.rmSync(at("work/w.bin"));
  await box.mv("work", ["checkout"]);
  fs.copyFileSync(at("work/w.bin"), at("work/copy.bin"));
  expect(await flushedBy(["add", "copy.bin"], at("work/copy.bin.mvgit"))).toContain(blobIn("work/.git/mvgit"));
});

it("push to a folder: killed between a blob's name and its flush, the next push flushes first", async () => {
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await killed(["push"]);
  expect(fs.statSync(blobIn("store")).nlink).toBe(2);
  expect(await flushedBy(["push"])).toContain("*");
  expect(fs.statSync(blobIn("store")).nlink).toBe(1);
  expect(fs.readdirSync(at("store/tmp"))).toEqual([]);
});
