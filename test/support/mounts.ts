/** Whether these tests may mount disks of their own, which takes root and leave to mount. */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const CAN_MOUNT = mountsWork();

function mountsWork(): boolean {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-mount-"));
  const works = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
  if (works) execFileSync("umount", [folder]);
  fs.rmdirSync(folder);
  return works;
}
