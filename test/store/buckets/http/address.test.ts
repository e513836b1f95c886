/** Addresses of what a web server gives out. */
import { expect, it } from "vitest";
import { http } from "../../../../src/store/buckets/http/driver.ts";
import { isOverNetwork, isPlainBucket, normaliseAddress, typedAddress } from "../../../../src/store/drivers.ts";
import { isMvgitError } from "../../../../src/base/errors.ts";

it.each([
  ["https://host", "https://host"],
  ["https://host/", "https://host"],
  ["HTTPS://Host:443/Path//", "https://host/Path"],
  ["http://127.0.0.1:8000/a b".replace(" ", "%20"), "http://127.0.0.1:8000/a%20b"],
  ["https://host/a/../b/./c", "https://host/b/c"],
  ["https://h%C3%B6st.example/ü", "https://xn--hst-sna.example/%C3%BC"],
])("%s is kept as %s, which is kept as it is", (typed, kept) => {
  expect(http.recognise(typed)).toBe(kept);
  expect(normaliseAddress(kept)).toBe(kept);
  expect(typedAddress(typed, "/here")).toBe(kept);
  expect(isOverNetwork(kept)).toBe(true);
  expect(isPlainBucket(kept)).toBe(false);
});

it.each([
  "https://",
  "https:///path",
  "https://host/a?b",
  "https://host/a#b",
  "https://host/a?",
  "https://host/a b",
  "https://host\\a",
  "https://user@host/a",
  "https://user:word@host/a",
  "https://host:99999/a",
  "https://host/\u0007",
])("%j is refused", (typed) => {
  try {
    normaliseAddress(typed);
  } catch (error) {
    expect(isMvgitError(error, "usage")).toBe(true);
    expect(String(error)).not.toContain("word");
    return;
  }
  throw new Error("nothing was refused");
});

it("of another kind is left alone", () => {
  expect(
    ["/mnt/store", "gs://bucket", "ftp://host", "https", "httpsx://host"].map((url) => http.recognise(url)),
  ).toEqual(Array.from({ length: 5 }, () => null));
});
