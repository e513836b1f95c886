/**
 * Care of a remote, killed or failing at every step that changes a disk: run again, it converges, and nothing needed is
 * lost.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../support/cli.ts";
import { type AgedRemote, folderRemote } from "../support/aged-remote.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let place: AgedRemote;
beforeEach(async () => {
  box = await makeSandbox();
  place = folderRemote(box);
});
afterEach(() => box.cleanup());

/** True when the command ended before step `at`. */
async function runFaulty(args: readonly string[], fault: string): Promise<boolean> {
  const env = { ...box.env, MVGIT_FAULT: fault };
  const program = join(import.meta.dirname, "../../bin/mvgit");
  const ran = await runProgram(
    "/bin/sh",
    ["-c", '"$@"; status=$?; [ $status = 137 ] && exit 37; exit $status', "sh", process.execPath, program, ...args],
    { cwd: join(box.dir, "work"), env },
  );
  return ran.status === 0;
}

const blobs = (): string[] => place.names().filter((name) => name.startsWith("blobs/"));
const keep = (): void =>
  fs.cpSync(join(box.dir, "store"), join(box.dir, "kept"), { recursive: true, preserveTimestamps: true });
function restore(): void {
  fs.rmSync(join(box.dir, "store"), { recursive: true });
  fs.cpSync(join(box.dir, "kept"), join(box.dir, "store"), { recursive: true, preserveTimestamps: true });
}

async function commit(text: string): Promise<void> {
  box.write("work/w.bin", text);
  box.write("work/data/a", `${text} a`);
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", text]);
  await box.mv("work", ["push"]);
}

describe.each(["kill", "EIO"])("%s at every step", (fault) => {
  it("of gc --remote", async () => {
    await commit("kept");
    const needed = blobs();
    await commit("regretted");
    await box.git("work", ["reset", "-q", "--hard", "HEAD~1"]);
    await box.git("work", ["update-ref", "-d", "ORIG_HEAD"]);
    await box.git("work", ["reflog", "expire", "--expire=all", "--all"]);
    place.age(15);
    fs.rmSync(join(box.dir, "work/.git/mvgit/claims"));
    keep();
    for (let at = 1; ; at++) {
      const done = await runFaulty(["gc", "--remote"], `${fault}@${at}`);
      expect(blobs(), `after ${fault}@${at}`).toEqual(expect.arrayContaining(needed));
      const { stdout } = await box.mv("work", ["gc", "--remote", "--json"]);
      expect(JSON.parse(stdout).left.blobs).toBe(0);
      expect(blobs()).toEqual(needed);
      expect(place.names()).not.toContain("gc/mark");
      restore();
      if (!done) continue;
      expect(at).toBeGreaterThan(10);
      break;
    }
  }, 600_000);
});

it("killed at every step of push --repair: the good copy is in the cache, and the next push brings it", async () => {
  await commit("weights");
  const all = blobs();
  const { hash } = JSON.parse((await box.mv("work", ["ls", "w.bin", "--json"])).stdout).tracked[0] as { hash: string };
  const file = join(box.dir, "store/blobs", hash.slice(0, 2), hash.slice(2));
  for (let at = 1; ; at++) {
    fs.chmodSync(file, 0o644);
    fs.writeFileSync(file, "Weights");
    const done = await runFaulty(["push", "--repair"], `kill@${at}`);
    await box.mv("work", ["push", "--repair"]);
    expect(fs.readFileSync(file, "utf8")).toBe("weights");
    if (!done) continue;
    expect(at).toBeGreaterThan(5);
    break;
  }
  expect(blobs()).toEqual(all);
  await box.mv("work", ["fsck"]);
}, 300_000);
