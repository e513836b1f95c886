/** The table of drivers: what texts and documents take from it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import {
  ADDRESS_FORMS,
  DRIVERS,
  EXAMPLE_ADDRESS,
  isObjectAddress,
  isPlainBucket,
  normaliseAddress,
  objectAt,
  QUOTED_FORMS,
  REMOTE_PARTS,
  typedAddress,
} from "../../src/store/drivers.ts";

function refusal(work: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    work();
  } catch (error) {
    if (isMvgitError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("words about addresses", () => {
  it("are these", () => {
    expect(ADDRESS_FORMS).toBe("gs://BUCKET/PREFIX or a folder");
    expect(QUOTED_FORMS).toBe("'gs://BUCKET/PREFIX' or a folder");
    expect(EXAMPLE_ADDRESS).toBe("gs://my-bucket/team");
    expect(REMOTE_PARTS).toEqual(["url", "endpoint", "keyfile"]);
  });

  it("say how an address is written to whoever wrote another", () => {
    expect(refusal(() => normaliseAddress("ftp://host/path"))).toEqual({
      code: "usage",
      message: "'ftp://host/path' is not the address of a remote",
      hint: "use 'gs://BUCKET/PREFIX', the path of a folder, or 'file:///PATH'",
    });
    expect(refusal(() => normaliseAddress("https://user:secret@host/path"))).toEqual({
      code: "usage",
      message: "'https://***@host/path' holds credentials, which do not belong into the address of a remote",
      hint:
        "name it without them; for Google Cloud, 'gcloud auth application-default login' or " +
        "GOOGLE_APPLICATION_CREDENTIALS signs in",
    });
    expect(refusal(() => objectAt("gs://bucket/folder/"))).toEqual({
      code: "usage",
      message: "'gs://bucket/folder/' does not name an object of a bucket",
      hint: "write 'gs://BUCKET/NAME'",
    });
  });

  it("stand in the page about remotes, with every setting and variable", () => {
    const page = readFileSync(new URL("../../docs/remotes.md", import.meta.url), "utf8");
    const lower = page.toLowerCase();
    for (const { scheme, form, parts, variables } of DRIVERS) {
      if (scheme !== null) expect(page).toContain(form);
      for (const part of parts) expect(lower).toContain(`mvgit-remote.name.${part}`);
      for (const variable of variables) expect(page).toContain(variable);
    }
  });
});

describe.each(DRIVERS.flatMap((driver) => (driver.example === null ? [] : [{ ...driver, example: driver.example }])))(
  "the driver of $form",
  ({ scheme, example, recognise, isPlain, objects }) => {
    it("takes its own example, which a repository may name", () => {
      expect(recognise(example)).toBe(example);
      expect(isPlain(example)).toBe(true);
      expect(isPlainBucket(`${example}?key=value`)).toBe(false);
    });

    it("leaves other addresses alone", () => {
      expect(["/mnt/store", "https://host/path", "store"].map((url) => recognise(url))).toEqual([null, null, null]);
    });

    it("tells the object from what holds it", () => {
      if (!objects || scheme === null) return;
      expect(isObjectAddress(`${scheme}bucket/a/b`)).toBe(true);
      expect(objects.split(`${scheme}bucket/a/b`)).toEqual({ container: `${scheme}bucket`, name: "a/b" });
      expect(objects.split(`${scheme}bucket`)).toBeNull();
    });
  },
);

describe("what is typed", () => {
  it("is a folder unless it is an address", () => {
    expect(typedAddress("store", "/here")).toBe("/here/store");
    expect(typedAddress("../a:b", "/here")).toBe("/a:b");
    expect(typedAddress("file:///mnt/store", "/here")).toBe("/mnt/store");
    expect(typedAddress("gs://bucket/team/", "/here")).toBe("gs://bucket/team");
  });
});
