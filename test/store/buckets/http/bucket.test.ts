/** Web servers through the contract of a bucket that is only read, in the ways in which they differ. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { FolderBucket } from "../../../../src/store/buckets/folder/bucket.ts";
import { describeReadableBucket } from "../../../conformance/bucket-suite.ts";
import { makeTestFolder } from "../../../support/test-folder.ts";
import { openOnWeb } from "../../../support/web-open.ts";
import { startWebServer, type WebWays } from "../../../support/web-server.ts";

const WAYS: Readonly<Record<string, WebWays>> = {
  "gives parts": {},
  "gives no parts": { ranges: false, etag: "weak" },
  "says no length and knows no HEAD": { ranges: false, lengths: false, head: false },
  "sends on": { moved: true },
};

describe.each(Object.entries(WAYS))("a server that %s", (_, ways) => {
  describeReadableBucket("https://", async () => {
    const folder = makeTestFolder();
    const served = join(folder.dir, "served");
    fs.mkdirSync(served);
    const server = await startWebServer(served, ways);
    const address = ways.moved ? server.url.replace("/data", "/moved/data") : server.url;
    return {
      bucket: openOnWeb(address),
      keeper: new FolderBucket(served),
      another: async () => openOnWeb(address),
      cancelled: async (signal) => openOnWeb(address, { signal }),
      async cleanup() {
        await server.close();
        folder.remove();
      },
    };
  });
});
