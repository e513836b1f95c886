/** Servers of files that people have, through the contract of a bucket that is only read. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import type { PutOutcome } from "../../../../src/store/bucket.ts";
import { FolderBucket } from "../../../../src/store/buckets/folder/bucket.ts";
import type { BlobSource } from "../../../../src/store/bytes.ts";
import { describeReadableBucket } from "../../../conformance/bucket-suite.ts";
import { FILE_SERVERS, type FileServer, startFileServer } from "../../../support/file-servers.ts";
import { makeTestFolder } from "../../../support/test-folder.ts";
import { openOnWeb } from "../../../support/web-open.ts";

/** They tell versions by seconds: what is made later is made to look so. */
class SlowFolder extends FolderBucket {
  #made = 0;

  override async putIfAbsent(name: string, source: BlobSource): Promise<PutOutcome> {
    const outcome = await super.putIfAbsent(name, source);
    const time = Date.now() / 1000 + ++this.#made;
    if (outcome === "written") fs.utimesSync(join(this.address, name), time, time);
    return outcome;
  }
}

for (const kind of FILE_SERVERS)
  describe.skipIf(kind.program === null)(
    kind.program === null ? `${kind.name} (not installed here)` : kind.name,
    () => {
      const folder = makeTestFolder();
      let server: FileServer;
      let places = 0;
      beforeAll(async () => {
        server = await startFileServer(kind, folder.dir);
      });
      afterAll(async () => {
        await server.stop();
        folder.remove();
      });

      describeReadableBucket("http://", async () => {
        const name = `place-${++places}`;
        fs.mkdirSync(join(folder.dir, name));
        const address = `${server.url}/${name}`;
        return {
          bucket: openOnWeb(address),
          keeper: new SlowFolder(join(folder.dir, name)),
          another: async () => openOnWeb(address),
          cancelled: async (signal) => openOnWeb(address, { signal }),
          cleanup: async () => undefined,
        };
      });
    },
  );
