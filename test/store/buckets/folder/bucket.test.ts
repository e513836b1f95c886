/** A folder keeps the contract of a bucket. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planFaults } from "../../../../src/base/faults.ts";
import { FolderBucket } from "../../../../src/store/buckets/folder/bucket.ts";
import { expect, it } from "vitest";
import { thisProcess } from "../../../../src/base/processes.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";

describeBucket("a folder", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-folder-"));
  return {
    bucket: new FolderBucket(folder),
    another: async () => new FolderBucket(folder),
    nowhere: async () => new FolderBucket(join(folder, "not mounted")),
    obstruct(name, by) {
      if (by === "pipe") return void execFileSync("mkfifo", [join(folder, name)]);
      if (by === "folder") fs.mkdirSync(join(folder, name));
      else fs.symlinkSync(process.execPath, join(folder, name));
    },
    cleanup: async () => fs.rmSync(folder, { recursive: true, force: true }),
  };
});

it("what lies beside objects is none, and what is deleted leaves nothing but what may be somebody's", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-folder-"));
  try {
    const bucket = new FolderBucket(folder);
    await bucket.putIfAbsent("a/b", bytesSource(Buffer.from("bytes")));
    await bucket.delete("a/b", (await bucket.head("a/b"))?.version ?? "");
    expect(fs.readdirSync(join(folder, "tmp"))).toEqual([]);
    fs.mkdirSync(join(folder, "a/b"));
    fs.writeFileSync(join(folder, "a/b/work"), "somebody's");
    await bucket.delete("a/b", (await bucket.head("a/b"))?.version ?? "");
    const [kept = ""] = fs.readdirSync(join(folder, "damaged"));
    expect(fs.readFileSync(join(folder, "damaged", kept, "work"), "utf8")).toBe("somebody's");
    fs.writeFileSync(join(folder, "tmp", "half"), "");
    for await (const { name } of bucket.list("")) expect.unreachable(name);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

it("the lock of a process that was killed while it replaced an object holds up nobody", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-folder-"));
  try {
    const bucket = new FolderBucket(folder);
    await bucket.putIfAbsent("a", bytesSource(Buffer.from("first")));
    const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    const mark = thisProcess().split(" ").with(1, dead).join(" ");
    fs.writeFileSync(join(folder, "tmp", "replace.lock"), `${mark} 0123456789abcdef\n`);
    await bucket.replace("a", (await bucket.head("a"))?.version ?? "", bytesSource(Buffer.from("second")));
    expect(fs.readFileSync(join(folder, "a"), "utf8")).toBe("second");
    expect(fs.readdirSync(join(folder, "tmp"))).toEqual([]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

it("a disk that fails at any step of a replacement leaves what was there or what was to come, whole", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-folder-"));
  const text = (): string => fs.readFileSync(join(folder, "a"), "utf8");
  try {
    const bucket = new FolderBucket(folder);
    const replace = async (version: string, by: string): Promise<void> =>
      bucket.replace("a", version, bytesSource(Buffer.from(by)));
    const version = async (): Promise<string> => (await bucket.head("a"))?.version ?? "";
    await bucket.putIfAbsent("a", bytesSource(Buffer.from("0")));
    for (const code of ["EIO", "ENOSPC", "EACCES"])
      for (let at = 1; ; at++) {
        const [before, known] = [text(), await version()];
        const counter = new SharedArrayBuffer(4);
        planFaults(`${code}@${at}`, counter);
        const failed = await replace(known, `${code} ${at}`).catch((error: unknown) => error);
        planFaults("count@0");
        const told = `${code} at step ${at}: ${String(failed)}`;
        expect([before, `${code} ${at}`], told).toContain(text());
        if (failed === undefined) expect(text(), told).toBe(`${code} ${at}`);
        // Nobody's newer bytes are lost to who looked before.
        if (text() !== before)
          await expect(replace(known, "late"), told).rejects.toMatchObject({ code: "object-exists" });
        await replace(await version(), `after ${code} ${at}`);
        expect(text(), told).toBe(`after ${code} ${at}`);
        if ((new Int32Array(counter)[0] as number) < at) break;
      }
    await new FolderBucket(folder).replace("a", await version(), bytesSource(Buffer.from("last")));
    expect(fs.readdirSync(join(folder, "tmp"))).toEqual([]);
  } finally {
    planFaults("count@0");
    fs.rmSync(folder, { recursive: true });
  }
});
