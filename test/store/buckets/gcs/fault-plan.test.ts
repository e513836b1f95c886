/** Google Cloud Storage through the fault plan, on the test server and on an emulator that makes short objects. */
import { describe } from "vitest";
import { describeFaults } from "../../../conformance/bucket-faults.ts";
import type { FaultedPlace } from "../../../conformance/faults/trial.ts";
import { FAKE_GCS, NO_FAKE_GCS, startFakeGcs } from "../../../support/fake-gcs.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { startGcsServer } from "../../../support/gcs-server.ts";
import { GCS_SERVICE } from "../../../support/services/gcs.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { drawTests } from "../../../support/thorough.ts";

drawTests(2);

async function placeAt(proxy: FaultedPlace["proxy"] & { url: string }): Promise<Omit<FaultedPlace, "cleanup">> {
  const clock = new WaitlessClock();
  return {
    proxy,
    clock,
    bucket: await openOn(proxy.url, { clock }),
    impatient: (inactivityMs) =>
      openOn(proxy.url, { clock, inactivityMs, retry: { tries: 2, totalMs: 300_000, baseMs: 1, capMs: 1 } }),
    forgotten: { kind: "complete", action: { do: "status", status: 410 } },
    expired: { do: "status", status: 401 },
  };
}

const LACKS = { "any, skewed clock": "tokens have no time of whoever sends them" };

describeFaults(
  "gs://",
  async () => {
    const server = await startGcsServer({ pageSize: 2 });
    return { ...(await placeAt(server)), cleanup: () => server.close() };
  },
  LACKS,
);

describe.skipIf(FAKE_GCS === null)(`fake-gcs-server${NO_FAKE_GCS}`, () => {
  describeFaults(
    "gs:// on fake-gcs-server",
    async () => {
      const server = await startFakeGcs();
      const proxy = await startFaultProxy({ target: server.url, service: GCS_SERVICE });
      return {
        ...(await placeAt(proxy)),
        async cleanup() {
          await proxy.close();
          await server.close();
        },
      };
    },
    {
      ...Object.fromEntries(
        ["any", "get", "head", "list", "delete", "replace"].map((op) => [op, "it is held on the test server"]),
      ),
      ...Object.fromEntries(
        ["cut", "unheard", "refused early", "silence"].map((how) => [`putIfAbsent, ${how}`, "that too"]),
      ),
      "putIfAbsent, expired halfway": "the same: what was refused on the way is sent again from its beginning",
    },
  );
});
