/** S3 through the contract, on a server in memory that checks signatures and sums. */
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { openS3On, startS3 } from "../../../support/s3-open.ts";

describeBucket("s3://", async () => {
  const server = await startS3();
  return {
    bucket: await openS3On(server.url),
    cleanup: () => server.close(),
    nowhere: () => openS3On(server.url, { bucket: "no-such-bucket" }),
    another: () => openS3On(server.url),
    cancelled: (signal) => openS3On(server.url, { signal }),
  };
});
