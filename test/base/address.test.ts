import { describe, expect, it } from "vitest";
import { holdsCredentials, showAddress, withoutCredentials } from "../../src/base/address.ts";

describe("an address that is shown", () => {
  it.each([
    "gs://A:secret@bucket",
    "gs://bucket/p?sig=secret",
    "gs://bucket?secret",
    "gs://bucket#secret",
    "A:secret@bucket/x",
    "gs:/A:secret@bucket",
    "gs:A:secret@b",
    "//u:secret@h/x",
    "gs:///A:secret@bucket",
    "ssh://u:secret@host/x",
    "https://TOKENsecret@host/x",
    "https://u:a/secret@host:80/p",
    "user:secret@host:path",
    "s3://k:sec@secret@b",
    "gs://A:secret",
    "azure://acc;key=secret",
    "bucket/x?sig=secret",
    "https://h/p?X-Goog-Signature=secret&a=1",
    "HTTPS://U:secret@h",
    "gs://A:secret\u001b[31m@bucket",
  ])("%s: has no secret", (address) => {
    expect(showAddress(address)).not.toContain("secret");
    expect(showAddress(address)).not.toContain("\u001b");
    expect(holdsCredentials(address)).toBe(true);
  });

  it.each([
    "gs://bucket/prefix",
    "git@host:path",
    "ssh://git@host/x",
    "https://host:8080/a@b",
    "/mnt/a:b@c?x=1",
    "C:\\x@y",
    "file:///a@b",
    "s3://bucket/a@b",
    "../store",
    "host:path",
    "https://[::1]:80/x",
  ])("%s: stays as it is", (address) => {
    expect(showAddress(address)).toBe(address);
    expect(holdsCredentials(address)).toBe(false);
  });
});

it("a text with addresses in it loses what signs in, and nothing else", () => {
  expect(
    withoutCredentials(
      "unable to access 'https://u:secret@h/r.git/' (via http://p:secret@proxy:3128): " +
        "'https://h/x?version=3&token=secret#a' at a:b@c",
    ),
  ).toBe(
    "unable to access 'https://***@h/r.git/' (via http://***@proxy:3128): 'https://h/x?version=3&token=***#a' at a:b@c",
  );
});
