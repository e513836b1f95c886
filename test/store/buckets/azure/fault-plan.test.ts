/** Azure Blob Storage through the fault plan, on Microsoft's emulator. */
import { describeFaults } from "../../../conformance/bucket-faults.ts";
import { ACCOUNT, openOn, signatureFor, startAzurite } from "../../../support/azurite.ts";
import { startFaultProxy } from "../../../support/fault-proxy.ts";
import { AZURE_SERVICE } from "../../../support/services/azure.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { drawTests } from "../../../support/thorough.ts";

drawTests(2);

describeFaults("az:// on azurite", async () => {
  const azurite = await startAzurite();
  const container = await azurite.container();
  const proxy = await startFaultProxy({ target: azurite.url, service: AZURE_SERVICE });
  const clock = new WaitlessClock();
  // A key's signature holds the length of a body, so that no shorter one would be heard.
  const env = { AZURE_STORAGE_ACCOUNT: ACCOUNT, AZURE_STORAGE_SAS_TOKEN: signatureFor(container, "rlwd") };
  return {
    proxy,
    clock,
    bucket: await openOn(proxy.url, container, { env, clock }),
    impatient: (inactivityMs) =>
      openOn(proxy.url, container, {
        env,
        clock,
        inactivityMs,
        retry: { tries: 2, totalMs: 300_000, baseMs: 1, capMs: 1 },
      }),
    forgotten: { kind: "complete", action: { do: "status", status: 400, code: "InvalidBlockList" } },
    expired: { do: "status", status: 401, code: "InvalidAuthenticationInfo" },
    skewed: { do: "status", status: 403, code: "AuthenticationFailed" },
    async cleanup() {
      await proxy.close();
      await azurite.close();
    },
  };
});
