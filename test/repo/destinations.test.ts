/** What a clone remembers of the places that it met. */
import { describe, expect, it } from "vitest";
import { destinationsOf } from "../../src/repo/destinations.ts";

describe("a clone's memory of a place", () => {
  it("is spelled as the first release spelled it", () => {
    const entry = (part: string, value: string) => ({ key: `mvgit-remote.store.${part}`, value, origin: "a file" });
    const [found] = destinationsOf([entry("url", "gs://bucket/team"), entry("keyfile", "/key"), entry("other", "x")]);
    expect(found?.mark).toBe('["store","gs://bucket/team","","/key"]');
  });
});
