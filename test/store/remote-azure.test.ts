/** A remote on Azure Blob Storage keeps the contract of a blob store. */
import { afterAll, beforeAll } from "vitest";
import { blobName } from "../../src/store/blob-layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { type Azurite, openOn, startAzurite } from "../support/azurite.ts";

let azurite: Azurite;
beforeAll(async () => void (azurite = await startAzurite()));
afterAll(() => azurite.close());

describeStore("a remote on Azure Blob Storage", async () => {
  const container = await azurite.container();
  return {
    isFar: true,
    open: async (signal) => new Remote("store", await openOn(azurite.url, container, signal && { signal })),
    damage: async (hash, bytes) => {
      const path = `/${container}/team/store/${blobName(hash)}`;
      await azurite.ask("PUT", path, { headers: { "x-ms-blob-type": "BlockBlob" }, body: bytes });
    },
    fail: async () => void (await azurite.ask("DELETE", `/${container}?restype=container`)),
    cleanup: async () => undefined,
  };
});
