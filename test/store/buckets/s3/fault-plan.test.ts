/**
 * S3 through the fault plan, on a server that was not written here; what is replaced, also where preconditions are
 * taken and not kept, as by some endpoints.
 */
import { describe } from "vitest";
import { describeFaults } from "../../../conformance/bucket-faults.ts";
import { MIB } from "../../../conformance/bucket/cell.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { openS3On, startS3 } from "../../../support/s3-open.ts";
import { S3_SERVICE } from "../../../support/services/s3.ts";
import { NO_VERSITYGW, startVersitygw, VERSITYGW } from "../../../support/versitygw.ts";
import { WaitlessClock } from "../../../support/watch.ts";

const QUICK = { tries: 2, totalMs: 300_000, baseMs: 1, capMs: 1 };

describe.skipIf(VERSITYGW === null)(`versitygw${NO_VERSITYGW}`, () => {
  describeFaults("s3:// on versitygw", async () => {
    const server = await startVersitygw();
    const proxy = await startFaultProxy({ target: server.url, service: S3_SERVICE });
    const bucket = await server.makeBucket();
    const clock = new WaitlessClock(Date.now());
    return {
      proxy,
      clock,
      bucket: await openS3On(proxy.url, { bucket, clock }),
      impatient: (inactivityMs) => openS3On(proxy.url, { bucket, clock, inactivityMs, retry: QUICK }),
      large: 17 * MIB + 5,
      forgotten: { kind: "part", action: { do: "status", status: 404, code: "NoSuchUpload" } },
      skewed: { do: "status", status: 403, code: "RequestTimeTooSkewed" },
      expired: { do: "status", status: 400, code: "ExpiredToken" },
      async cleanup() {
        await proxy.close();
        await server.close();
      },
    };
  });
});

const HELD = "it is held on versitygw";
const LACKS = Object.fromEntries(["any", "head", "get", "putIfAbsent", "list", "delete"].map((op) => [op, HELD]));

describe.each(["kept", "ignored", "refused"] as const)("a server by which preconditions are %s", (put) => {
  describeFaults(
    "s3://",
    async () => {
      const server = await startS3();
      server.knows.put = put;
      const proxy = await startFaultProxy({ target: server.url, service: S3_SERVICE });
      const clock = new WaitlessClock(Date.now());
      const own = { clock, warn: () => undefined };
      return {
        proxy,
        clock,
        bucket: await openS3On(proxy.url, own),
        impatient: (inactivityMs) => openS3On(proxy.url, { ...own, inactivityMs, retry: QUICK }),
        async cleanup() {
          await proxy.close();
          await server.close();
        },
      };
    },
    LACKS,
  );
});
