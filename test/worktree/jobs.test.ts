/** What worker threads are asked, done in this one: plain values in and out, and nobody's failure is another's. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { Cache } from "../../src/store/cache/cache.ts";
import { bringOutJob } from "../../src/worktree/bring-out-job.ts";
import { takeInJob } from "../../src/worktree/take-in-job.ts";
import { makeTestFolder, type TestFolder } from "../support/test-folder.ts";

let folder: TestFolder;
beforeAll(() => {
  folder = makeTestFolder();
  for (const each of ["top", "tmp", "cache"]) fs.mkdirSync(at(each));
});
afterAll(() => folder.remove());

const at = (path: string): string => join(folder.dir, path);
const blob = (text: string): { hash: ReturnType<typeof hashBytes>; size: number } => ({
  hash: hashBytes(Buffer.from(text)),
  size: text.length,
});

it("takes in files, each its own answer; what the cache has gets no second copy", async () => {
  await new Cache(at("cache"), { durable: false }).storeBytes(Buffer.from("known"));
  folder.write("top/new", "new");
  folder.write("top/known", "known");
  fs.symlinkSync("new", at("top/link"));
  const take = takeInJob.start({ cacheFolder: at("cache") });
  const answers = take({
    files: ["new", "gone", "known", "link"].map((each) => at(`top/${each}`)),
    flushes: new Map(),
  });
  expect(structuredClone(answers)).toMatchObject([
    { answer: { ...blob("new"), temporary: expect.stringContaining(at("cache/tmp")) } },
    { error: { code: "changed-while-reading" } },
    { answer: { ...blob("known"), temporary: null } },
    { error: { code: "link-refused", hint: expect.any(String) } },
  ]);
});

it("brings files out, leaves what is not what was seen, and tells what the cache lacks", async () => {
  const cache = new Cache(at("cache"), { durable: false });
  await cache.storeBytes(Buffer.from("wanted"));
  folder.write("top/other", "of the user");
  const bring = bringOutJob.start({ cacheFolder: cache.folder, places: { top: null, main: at("tmp") } });
  const wanted = (name: string, text: string) => ({
    at: at(`top/${name}`),
    shown: name,
    seen: null,
    exec: false,
    ...blob(text),
  });
  const answers = bring([wanted("made", "wanted"), wanted("other", "wanted"), wanted("lacking", "nowhere")]);
  expect(structuredClone(answers)).toMatchObject([
    { answer: expect.any(String) },
    { answer: null },
    { error: { code: "blob-missing", subject: blob("nowhere").hash } },
  ]);
  expect(folder.read("top/made").toString()).toBe("wanted");
  expect(folder.read("top/other").toString()).toBe("of the user");
  expect(fs.readdirSync(at("tmp"))).toEqual([]);
});
