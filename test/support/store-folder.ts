/** What somebody else may do to a folder of blobs, a cache's or a remote's. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { blobName } from "../../src/store/blob-layout.ts";
import type { Hash } from "../../src/values/hash.ts";

export class StoreFolder {
  readonly path = fs.mkdtempSync(join(tmpdir(), "mvgit-store-"));

  fileOf(hash: Hash): string {
    return join(this.path, blobName(hash));
  }

  /** Puts these bytes in a blob's place. */
  damage(hash: Hash, bytes: Uint8Array): void {
    fs.writeFileSync(this.#cleared(hash), bytes);
  }

  /** Puts something there that is no file. */
  obstruct(hash: Hash, by: "folder" | "link"): void {
    const file = this.#cleared(hash);
    if (by === "folder") fs.mkdirSync(file);
    else fs.symlinkSync(process.execPath, file);
  }

  #cleared(hash: Hash): string {
    const file = this.fileOf(hash);
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.rmSync(file, { recursive: true, force: true });
    return file;
  }

  /** Lets what this process left in `tmp` be of one that ended. */
  bury(): void {
    const folder = join(this.path, "tmp");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : [])
      fs.renameSync(join(folder, name), join(folder, name.replace(`.${process.pid}.`, `.${pid}.`)));
  }

  /** Lets nothing be found any more by looking: the folder of blobs leads nowhere. */
  loseBlobs(): void {
    const folder = join(this.path, "blobs");
    fs.renameSync(folder, `${folder}.lost`);
    fs.symlinkSync(folder, folder);
  }

  /** Takes the whole folder away, as a disk that is no longer mounted. */
  unmount(): void {
    fs.rmSync(this.path, { recursive: true });
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}
