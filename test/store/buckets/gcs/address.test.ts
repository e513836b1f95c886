import { describe, expect, it } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { gcsAddress, parseGcsUrl } from "../../../../src/store/buckets/gcs/address.ts";

describe("the address of a bucket", () => {
  it.each([
    ["gs://abc", { bucket: "abc", prefix: "" }],
    ["gs://abc/", { bucket: "abc", prefix: "" }],
    ["gs://my-data.example.com/team/Größe 1/", { bucket: "my-data.example.com", prefix: "team/Größe 1" }],
    [`gs://${"a".repeat(63)}/x`, { bucket: "a".repeat(63), prefix: "x" }],
  ])("%s", (url, place) => {
    expect(parseGcsUrl(url)).toEqual(place);
    expect(parseGcsUrl(gcsAddress(place))).toEqual(place);
  });

  it.each([
    "gs://",
    "gs://ab",
    "gs:///prefix",
    "gs://Bucket/x",
    "gs://user@bucket/x",
    "gs://bucket:443/x",
    "gs://buc..ket",
    "gs://-bucket",
    `gs://${"a".repeat(64)}`,
    "gs://bucket//x",
    "gs://bucket/x//",
    "gs://bucket/../other",
    "gs://bucket/./x",
    "gs://bucket/x?alt=media",
    "gs://bucket/x#1",
    "gs://bucket/a\nb",
    "gs://bucket/a\u001b[31m",
    "gs://bucket/\ud800",
    `gs://bucket/${"x".repeat(801)}`,
    "s3://bucket/x",
    " gs://bucket",
  ])("refuses %j", (url) => {
    let error: unknown;
    try {
      parseGcsUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(isMvgitError(error, "usage")).toBe(true);
  });
});
