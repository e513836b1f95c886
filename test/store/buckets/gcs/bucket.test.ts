/** Google Cloud Storage through the contract. */
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { startGcsServer } from "../../../support/gcs-server.ts";

describeBucket("gs://", async () => {
  const server = await startGcsServer();
  return {
    bucket: await openOn(server.url),
    cleanup: () => server.close(),
    nowhere: () => openOn(server.url, { bucket: "no-such-bucket" }),
    another: () => openOn(server.url),
    cancelled: (signal) => openOn(server.url, { signal }),
  };
});
