/** Azure Blob Storage through the contract, on Microsoft's emulator. */
import { afterAll, beforeAll } from "vitest";
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { type Azurite, openOn, startAzurite } from "../../../support/azurite.ts";

let azurite: Azurite;
beforeAll(async () => void (azurite = await startAzurite()));
afterAll(() => azurite.close());

describeBucket("az:// on azurite", async () => {
  const container = await azurite.container();
  return {
    bucket: await openOn(azurite.url, container),
    // It lists five thousand at once: these are one page, as more would be.
    many: 100,
    cleanup: async () => undefined,
    nowhere: () => openOn(azurite.url, "no-such-container"),
    another: () => openOn(azurite.url, container),
    cancelled: (signal) => openOn(azurite.url, container, { signal }),
  };
});
