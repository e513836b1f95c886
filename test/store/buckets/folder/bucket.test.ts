/** A folder keeps the contract of a bucket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderBucket } from "../../../../src/store/buckets/folder/bucket.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";

describeBucket("a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mvgit-folder-"));
  return {
    bucket: new FolderBucket(folder),
    another: async () => new FolderBucket(folder),
    cleanup: async () => rmSync(folder, { recursive: true, force: true }),
  };
});
