/** S3 through the contract, on servers that were not written here. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { errorCode, MIB, put, readAll, versionOf } from "../../../conformance/bucket/cell.ts";
import { describeBucket } from "../../../conformance/bucket-suite.ts";
import { noise } from "../../../conformance/noise.ts";
import { openS3On } from "../../../support/s3-open.ts";
import {
  MOTO,
  NO_MOTO,
  NO_VERSITYGW,
  type S3Server,
  startMoto,
  startVersitygw,
  VERSITYGW,
} from "../../../support/versitygw.ts";

describe.skipIf(VERSITYGW === null)(`versitygw${NO_VERSITYGW}`, () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startVersitygw();
  }, 60_000);
  afterAll(() => server.close());
  describeBucket("s3:// on versitygw", async () => {
    const bucket = await server.makeBucket();
    return {
      bucket: await openS3On(server.url, { bucket }),
      cleanup: async () => undefined,
      nowhere: () => openS3On(server.url, { bucket: "no-such-bucket" }),
      another: () => openS3On(server.url, { bucket }),
      cancelled: (signal) => openS3On(server.url, { bucket, signal }),
    };
  });
});

describe.skipIf(MOTO === null)(`moto, which sums no part, and says so of the whole${NO_MOTO}`, () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startMoto();
  }, 60_000);
  afterAll(() => server.close());

  it("keeps what was written, in one piece and in parts, and deletes that version alone", async () => {
    const bucket = await openS3On(server.url, { bucket: await server.makeBucket() });
    expect(await put(bucket, "small", "first")).toBe("written");
    expect(await put(bucket, "small", "later")).toBe("present");
    expect(await errorCode(bucket.delete("small", "another"))).toBe("object-exists");
    const bytes = noise(17 * MIB + 3);
    expect(await bucket.putIfAbsent("large", bytesSource(bytes))).toBe("written");
    expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
    expect(await bucket.putIfAbsent("large", bytesSource(bytes))).toBe("present");
    await bucket.delete("large", await versionOf(bucket, "large"));
    expect(await bucket.head("large")).toBeNull();
  });
});
