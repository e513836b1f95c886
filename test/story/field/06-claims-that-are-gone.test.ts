/** Claims that somebody removed or cut by hand: the next push of their clone finds out, and claims anew. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AgedRemote, bucketRemote } from "../../support/aged-remote.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let remote: AgedRemote;

beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  remote = await bucketRemote(box);
  await box.git(".", ["init", "-q", "other"]);
  await box.git("other", ["remote", "add", "origin", "git@host:other.git"]);
  for (const name of ["work", "other"]) {
    await box.git(name, ["config", "mvgit-remote.team.url", remote.url]);
    await box.git(name, ["config", "mvgit.remote", "team"]);
  }
  await commit("work", "first");
  await commit("work", "second");
});
afterEach(async () => {
  await remote.close();
  box.cleanup();
});

async function commit(folder: string, text: string): Promise<void> {
  box.write(`${folder}/w.bin`, text);
  await box.mv(folder, ["add", "w.bin"]);
  await box.git(folder, ["commit", "-qm", text, "--no-verify"]);
  await push(folder);
}

const push = async (folder: string, ...more: string[]): Promise<string> =>
  (await box.mv(folder, ["push", ...more])).stderr;
const claims = (): string[] => remote.names().filter((name) => /^roots\/[0-9a-f]{64}\//.test(name));
const ANEW = "are gone, or changed";

/** What another repository's gc leaves of both states, when all that is there is old by then. */
async function isKept(): Promise<boolean> {
  remote.age(15);
  await commit("other", "what somebody else has");
  await box.mv("other", ["gc", "--remote=team", "--offline"]);
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  await box.git("work", ["checkout", "-q", ":/^first"]);
  fs.rmSync(join(box.dir, "work/w.bin"));
  return (await box.mv("work", ["pull"], -1)).status === 0 && box.read("work/w.bin").toString() === "first";
}

it.each([
  ["a push of everything", () => push("work", "--all")],
  ["a push in which nothing is new", () => push("work")],
  ["a push of something new", () => commit("work", "third")],
])("%s claims what every commit needs", async (_, act) => {
  for (const name of claims()) remote.remove(name);
  await act();
  expect(await isKept()).toBe(true);
});

it("one of two, of the earlier state: a push that needs it no more finds out too, and says so once", async () => {
  expect(claims()).toHaveLength(2);
  for (const gone of claims()) {
    remote.remove(gone);
    const said = await push("work");
    expect(said).toContain(ANEW);
    expect(said).toContain("'mvgit push --all'");
    expect(await push("work")).toBe("");
  }
  expect(await isKept()).toBe(true);
});

it("cut by a failing copy, it is no claim", async () => {
  const [cut = ""] = claims();
  remote.put(cut, "mvgit-claim 1\n");
  expect(await push("work")).toContain(ANEW);
  remote.remove(cut);
  expect(await push("work")).toBe("");
  expect(await isKept()).toBe(true);
});

it("what was claimed longer ago than claims are trusted is missed, where none is left", async () => {
  const file = join(box.dir, "work/.git/mvgit/claims");
  const old = fs.readFileSync(file, "utf8").replaceAll(/"time":\d+/g, '"time":1700000000000');
  fs.writeFileSync(file, old);
  for (const name of claims()) remote.remove(name);
  expect(await push("work")).toContain(ANEW);
  expect(await isKept()).toBe(true);
});

it("a copy of a remote does so too", async () => {
  fs.mkdirSync(join(box.dir, "second"));
  await box.git("work", ["config", "mvgit-remote.second.url", join(box.dir, "second")]);
  await box.mv("work", ["remote", "copy", "team", "second"]);
  const roots = join(box.dir, "second/roots");
  const listed = (): string[] =>
    fs.readdirSync(roots, { recursive: true, encoding: "utf8" }).filter((name) => /\.[0-9a-f]{64}$/.test(name));
  const before = listed();
  expect(before.length).toBeGreaterThan(0);
  for (const name of before) fs.rmSync(join(roots, name));
  expect((await box.mv("work", ["remote", "copy", "team", "second"])).stderr).toContain(ANEW);
  expect(listed().length).toBeGreaterThan(0);
});

it("a ledger of an earlier mvgit names no objects: everything is claimed once more, without a word", async () => {
  const file = join(box.dir, "work/.git/mvgit/claims");
  const { claims: book } = JSON.parse(fs.readFileSync(file, "utf8")) as { claims: Record<string, object> };
  const [place = ""] = Object.keys(book);
  const hash = /blake3: ([0-9a-f]{64})/.exec(box.read("work/w.bin.mvgit").toString())?.[1] as string;
  fs.writeFileSync(file, JSON.stringify({ mvgit: 1, claims: { [place]: { [`${hash} f`]: Date.now() } } }));
  const before = claims().length;
  expect(await push("work")).toBe("");
  expect(claims()).toHaveLength(before + 1);
});
