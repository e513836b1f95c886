/** What gc must keep beside what pointers need: runs in progress, displaced files, other clones of a shared cache. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stateOf, thisProcess } from "../../src/base/processes.ts";
import type { Hash } from "../../src/values/hash.ts";
import { holdBlobs } from "../../src/repo/leases.ts";
import { ageBlobs } from "../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
});
afterEach(() => box.cleanup());

/** Adds something and lets go of it: no pointer names it any more. Answers the hash that its pointer had. */
async function forgotten(name: string, folder = "work"): Promise<Hash> {
  const { added } = JSON.parse((await box.mv(folder, ["add", name, "--json"])).stdout) as { added: { hash: Hash }[] };
  await box.mv(folder, ["rm", "--keep", name]);
  await box.git(folder, ["commit", "-qm", "forgotten", "--allow-empty"]);
  return added[0]?.hash as Hash;
}

async function removed(folder = "work", args: string[] = []): Promise<number> {
  return JSON.parse((await box.mv(folder, ["gc", "--json", ...args])).stdout).removed.blobs as number;
}

describe("runs in progress", () => {
  it("hold their blobs, and of a folder all its files, until the release", async () => {
    box.write("work/w.bin", "weights");
    for (const name of ["1", "2"]) box.write(`work/data/${name}`, `row ${name}`);
    const [file, folder] = [await forgotten("w.bin"), await forgotten("data")];
    const repo = await box.open();
    const lease = holdBlobs(repo, [file, folder]);
    expect(
      fs.readFileSync(
        join(box.dir, "work/.git/mvgit/leases", fs.readdirSync(join(box.dir, "work/.git/mvgit/leases"))[0] as string),
        "utf8",
      ),
    ).toBe(`mvgit-lease 1 ${thisProcess()}\n${file}\n${folder}\n`);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await removed()).toBe(0);
    lease.release();
    lease.release();
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/leases"))).toEqual([]);
    expect(await removed()).toBe(5);
  });

  it("that ended hold nothing, and what they left is cleaned, but not by a dry run", async () => {
    box.write("work/w.bin", "weights");
    const hash = await forgotten("w.bin");
    const leases = join(box.dir, "work/.git/mvgit/leases");
    const [host, pid] = thisProcess().split(" ");
    // A process of the same number that started at another time is another one.
    box.write("work/.git/mvgit/leases/1-a", `mvgit-lease 1 ${host} ${pid} 1\n${hash}\n`);
    box.write("work/.git/mvgit/leases/2-b", `mvgit-lease 1 ${host} 999999999 -\n${hash}\n`);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await removed("work", ["--dry-run"])).toBe(1);
    expect(fs.readdirSync(leases)).toHaveLength(2);
    expect(await removed()).toBe(1);
    expect(fs.readdirSync(leases)).toEqual([]);
  });

  it("of another host hold theirs, as nobody can tell whether they ended", async () => {
    box.write("work/w.bin", "weights");
    const hash = await forgotten("w.bin");
    box.write("work/.git/mvgit/leases/1-a", `mvgit-lease 1 elsewhere 1 -\n${hash}\n`);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await removed()).toBe(0);
    fs.utimesSync(join(box.dir, "work/.git/mvgit/leases/1-a"), new Date(0), new Date(0));
    expect(await removed()).toBe(1);
  });

  it("of a newer mvgit stop gc", async () => {
    box.write("work/.git/mvgit/leases/1-a", "mvgit-lease 2 what\n");
    expect((await box.mv("work", ["gc"], 20)).stderr).toContain("cannot be read");
  });

  it("a file that begins like a manifest is held as a file", async () => {
    box.write("work/w.bin", "mvgit-root 1\nbut not really");
    const hash = await forgotten("w.bin");
    holdBlobs(await box.open(), [hash]);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await removed()).toBe(0);
  });

  it("are told apart by host, number and start", () => {
    expect(stateOf(thisProcess())).toBe("runs");
    expect([stateOf(`${hostname()} 999999999 5`), stateOf("elsewhere 1 1"), stateOf("no mark")]).toEqual([
      "ended",
      "unknown",
      "unknown",
    ]);
  });
});

describe("what a forced checkout replaced", () => {
  it("is had again with the command that checkout names, and kept for the grace period", async () => {
    box.write("work/w.bin", "added");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    box.write("work/w.bin", "never added");
    const { stdout } = await box.mv("work", ["checkout", "--force"]);
    const [, hash = ""] = /'mvgit cat --hash ([0-9a-f]+) > FILE'/.exec(stdout) ?? [];
    expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("never added");
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await removed()).toBe(0);
    expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("never added");
    const list = join(box.dir, "work/.git/mvgit/displaced");
    fs.writeFileSync(list, fs.readFileSync(list, "utf8").replace(/^\S+/, "2026-01-01T00:00:00.000Z"));
    expect(await removed("work", ["--dry-run"])).toBe(1);
    expect(fs.readFileSync(list, "utf8")).not.toBe("");
    expect(await removed()).toBe(1);
    expect(fs.readFileSync(list, "utf8")).toBe("");
    expect((await box.mv("work", ["cat", "--hash", hash], 23)).stderr).toContain(`no blob '${hash}' is in the cache`);
  });
});

describe("a shared cache", () => {
  /** Two clones with one cache; the other has committed bytes that only it needs. */
  async function two(): Promise<Hash> {
    await box.git("work", ["config", "mvgit.cacheDir", join(box.dir, "shared")]);
    await box.git(".", ["init", "-q", "other"]);
    await box.git("other", ["config", "mvgit.cacheDir", join(box.dir, "shared")]);
    box.write("other/w.bin", "of the other");
    const { added } = JSON.parse((await box.mv("other", ["add", "w.bin", "--json"])).stdout) as {
      added: { hash: Hash }[];
    };
    await box.git("other", ["commit", "-qm", "one"]);
    box.write("work/x.bin", "of nobody");
    await forgotten("x.bin");
    ageBlobs(join(box.dir, "shared"));
    return added[0]?.hash as Hash;
  }

  it("keeps what any registered clone needs", async () => {
    const hash = await two();
    expect(await removed()).toBe(1);
    expect((await box.mv("other", ["cat", "--hash", hash])).stdout).toBe("of the other");
  });

  it("is left alone when a clone cannot be looked at, until that is forgotten", async () => {
    const hash = await two();
    fs.rmSync(join(box.dir, "other"), { recursive: true });
    const { stderr } = await box.mv("work", ["gc"], 1);
    expect(stderr).toContain(`'${box.dir}/other' needs of the shared cache is not known: it is gone`);
    expect(stderr).toContain(`mvgit gc --forget ${box.dir}/other`);
    expect(fs.existsSync(join(box.dir, "shared/blobs", hash.slice(0, 2), hash.slice(2)))).toBe(true);
    expect(await removed("work", ["--dry-run", "--forget", "../other"])).toBe(2);
    await box.mv("work", ["gc"], 1);
    expect(await removed("work", ["--forget", "../other"])).toBe(2);
    await box.mv("work", ["gc"]);
    expect((await box.mv("work", ["gc", "--forget", "."], 2)).stderr).toContain("is this repository");
    expect((await box.mv("work", ["gc", "--forget", "../other"], 2)).stderr).toContain(
      "no repository '../other' is registered",
    );
  });

  it("of another host, or with an entry that cannot be read, is left alone", async () => {
    await two();
    const entry = JSON.stringify({ mvgit: 1, host: "elsewhere", commonDir: "/far/.git", top: "/far" });
    box.write("shared/clones/far", entry);
    expect((await box.mv("work", ["gc"], 1)).stderr).toContain("it is on the host 'elsewhere'");
    box.write("shared/clones/far", "{");
    expect((await box.mv("work", ["gc"], 1)).stderr).toContain(`mvgit gc --forget ${box.dir}/shared/clones/far`);
    await box.mv("work", ["gc", "--forget", "../shared/clones/far"]);
  });

  it("that is another repository's own keeps what that one needs", async () => {
    box.write("work/w.bin", "of the owner");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.git(".", ["init", "-q", "other"]);
    await box.git("other", ["config", "mvgit.cacheDir", join(box.dir, "work/.git/mvgit")]);
    box.write("other/x.bin", "of the guest");
    await box.mv("other", ["add", "x.bin"]);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect([await removed("other"), await removed("work")]).toEqual([0, 0]);
  });
});
