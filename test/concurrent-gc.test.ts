/** gc of a remote beside pushes from other processes: whatever the order, nothing that is needed is lost. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { folderRemote } from "./support/aged-remote.ts";
import { mvgit, type Ran } from "./support/cli.ts";
import { makeSandbox, type Sandbox } from "./support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

const PUSHERS = 4;
const ROUNDS = 3;

/** Tries again for as long as the other side is at work. */
async function untilDone(args: readonly string[], clone: string): Promise<{ ran: Ran; tries: number }> {
  for (let tries = 1; ; tries++) {
    const ran = await mvgit(args, { cwd: join(box.dir, clone), env: box.env });
    if (ran.status !== 25 || tries === 200) return { ran, tries };
  }
}

it("four repositories push what gc is about to remove", async () => {
  box = await makeSandbox();
  const place = folderRemote(box);
  const names = Array.from({ length: PUSHERS }, (_, at) => `other${at}`);
  for (const name of names) {
    await box.git(".", ["init", "-q", name]);
    await box.git(name, ["config", "mvgit-remote.store.url", place.url]);
    await box.git(name, ["remote", "add", "origin", `https://host.invalid/${name}`]);
  }
  for (let round = 0; round < ROUNDS; round++) {
    // Blobs that lie in the remote, old and needed by nobody, until the pushes find them there.
    for (let i = 0; i < PUSHERS; i++) box.write(`work/data/${i}`, `round ${round} row ${i}`);
    await box.mv("work", ["add", "data"]);
    await box.git("work", ["commit", "-qm", "to be regretted"]);
    await box.mv("work", ["push"]);
    await box.git("work", ["update-ref", "-d", "HEAD"]);
    await box.git("work", ["rm", "-rqf", "--cached", "."]);
    fs.rmSync(join(box.dir, "work/data.mvgit"));
    await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
    place.age(15);
    for (const clone of ["work", ...names]) fs.rmSync(join(box.dir, clone, ".git/mvgit/claims"), { force: true });
    for (const [i, name] of names.entries()) {
      for (let j = 0; j <= i; j++) box.write(`${name}/data/${j}`, `round ${round} row ${j}`);
      await box.mv(name, ["add", "data"]);
    }
    const [collected, ...pushed] = await Promise.all([
      untilDone(["gc", "--remote", "--emptied"], "work"),
      ...names.map((name) => untilDone(["push"], name)),
    ]);
    for (const { ran } of [collected, ...pushed]) expect(ran.status, ran.stderr).toBe(0);
    for (const name of names) await box.mv(name, ["fsck", "--remote"]);
    expect(place.names().filter((name) => name.startsWith("gc/"))).toEqual([]);
  }
}, 300_000);

it("of two gc at once at most one works, and the other says so", async () => {
  box = await makeSandbox();
  const place = folderRemote(box);
  box.write("work/w.bin", "one");
  await box.mv("work", ["add", "w.bin"]);
  await box.mv("work", ["push"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.git("clone", ["config", "mvgit-remote.store.url", place.url]);
  const ran = await Promise.all(
    ["work", "clone", "work", "clone"].map((clone) =>
      mvgit(["gc", "--remote"], { cwd: join(box.dir, clone), env: box.env }),
    ),
  );
  for (const { status, stderr } of ran)
    expect(status === 0 || (status === 25 && /works at|another gc begins/.test(stderr)), stderr).toBe(true);
  expect(ran.some(({ status }) => status === 0)).toBe(true);
  expect(place.names().filter((name) => name.startsWith("gc/"))).toEqual([]);
});
