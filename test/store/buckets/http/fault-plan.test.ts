/** Web servers through the half of the fault plan that is about reading. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { describe } from "vitest";
import type { Bucket, OpenedBucket } from "../../../../src/store/bucket.ts";
import { describeFaults } from "../../../conformance/bucket-faults.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { WEB_SERVICE } from "../../../support/services/web.ts";
import { makeTestFolder } from "../../../support/test-folder.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { openOnWeb } from "../../../support/web-open.ts";
import { startWebServer, type WebWays } from "../../../support/web-server.ts";

const READ = "it is only read";
const PAGE = "a page may be an object there: its size and its hash tell";
const LACKS = {
  ...{ putIfAbsent: READ, replace: READ, list: READ, delete: READ },
  ...{ "any, not signed in": "nobody signs in", "any, skewed clock": "nobody signs in" },
  ...{ "any, HTML": PAGE, "any, success without anything": PAGE, "any, refusal that says success": PAGE },
  "any, sent elsewhere": "redirects are followed, and nobody signs in",
  "get, wrong bytes": "no sum is told",
};

/** Of the other half nothing is asked here. */
const asWhole = (bucket: OpenedBucket): Bucket => bucket as unknown as Bucket;

const WAYS: [string, WebWays, Record<string, string>][] = [
  ["that gives parts", {}, {}],
  ["that gives none", { ranges: false }, { "get, short": "the length of an answer is that of the object" }],
];

describe.each(WAYS)("a server %s", (_, ways, lacks) => {
  describeFaults(
    "https://",
    async () => {
      const folder = makeTestFolder();
      const server = await startWebServer(folder.dir, ways);
      const proxy = await startFaultProxy({ target: new URL(server.url).origin, service: WEB_SERVICE });
      const address = `${proxy.url}/data`;
      const clock = new WaitlessClock();
      return {
        proxy,
        clock,
        bucket: asWhole(openOnWeb(address, { clock })),
        impatient: async (inactivityMs) =>
          asWhole(
            openOnWeb(address, { clock, inactivityMs, retry: { tries: 2, totalMs: 300_000, baseMs: 1, capMs: 1 } }),
          ),
        async give(name, bytes) {
          const file = join(folder.dir, name);
          fs.mkdirSync(dirname(file), { recursive: true });
          fs.writeFileSync(file, bytes);
        },
        async cleanup() {
          await proxy.close();
          await server.close();
          folder.remove();
        },
      };
    },
    { ...LACKS, ...lacks },
  );
});
