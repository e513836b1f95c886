import { expect, it } from "vitest";
import { judgeS3 } from "../../../../src/store/buckets/s3/said.ts";
import { WORDS } from "../../../../src/store/buckets/s3/words.ts";

it("a refusal without words may be of the credentials or of the region, and says both", () => {
  const purpose = { action: "look for 'x'", address: "s3://bucket/team", words: WORDS };
  const { failure, signInAgain } = judgeS3({ status: 400, headers: {}, text: "" }, { purpose, now: 0 });
  expect(signInAgain).toBe(true);
  expect(failure.code).toBe("access-denied");
  expect(failure.message).toContain("does not accept these credentials (400, or the region is another one)");
});
