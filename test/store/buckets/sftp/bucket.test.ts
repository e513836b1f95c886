/** A folder of a server keeps the contract of a bucket: through OpenSSH's server of SFTP, and through all of SSH. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sftp } from "../../../../src/store/buckets/sftp/driver.ts";
import type { InspectableBucket } from "../../../../src/store/bucket.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import type { BucketUnderTest } from "../../../conformance/bucket/cell.ts";
import { HAS_SFTP, openSftp } from "../../../support/sftp-open.ts";
import { HAS_SSHD, type Sshd, startSshd } from "../../../support/sshd.ts";
import { testWatch } from "../../../support/watch.ts";

type Open = (folder: string, signal?: AbortSignal) => Promise<InspectableBucket>;

async function place(open: Open): Promise<BucketUnderTest> {
  // Where there is a file system in memory: what is flushed one by one takes its time elsewhere.
  const folder = fs.mkdtempSync(join(fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mvgit-sftp-"));
  return {
    bucket: await open(folder),
    another: () => open(folder),
    cancelled: (signal) => open(folder, signal),
    nowhere: () => open(join(folder, "not mounted")),
    obstruct(name, by) {
      if (by === "pipe") return void execFileSync("mkfifo", [join(folder, name)]);
      if (by === "folder") fs.mkdirSync(join(folder, name));
      else fs.symlinkSync(process.execPath, join(folder, name));
    },
    cleanup: async () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

const ALONE = HAS_SFTP && !HAS_SSHD;
const WHY = HAS_SFTP ? "sshd is here, which has it" : "not installed here";
describe.skipIf(!ALONE)(`sftp-server${ALONE ? "" : ` (${WHY})`}`, () => {
  describeBucket("a server of SFTP", () => place(async (folder, signal) => openSftp(folder, signal && { signal })));
});

describe.skipIf(!HAS_SSHD)(`sshd${HAS_SSHD ? "" : ", which is not installed here"}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
    sshd.share();
  });
  afterAll(() => sshd?.stop());

  it("reads other settings of ssh where it is told so", async () => {
    const settings = { url: sshd.address(sshd.dir), options: { sshconfig: join(sshd.dir, "ssh_config") } };
    const bucket = await sftp.open(settings, { env: process.env, watch: testWatch() });
    expect(await bucket.head("none")).toBeNull();
  });

  describeBucket("ssh://", () =>
    place(async (folder, signal) => {
      const watch = { ...testWatch(), ...(signal && { signal }) };
      const settings = { url: sshd.address(folder) };
      return (await sftp.open(settings, { env: { ...process.env, ...sshd.env }, watch })) as InspectableBucket;
    }),
  );
});
