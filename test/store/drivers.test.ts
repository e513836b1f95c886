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
import { FOREIGN_SCHEMES } from "../../src/store/foreign-places.ts";

function refusal(work: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    work();
  } catch (error) {
    if (isMvgitError(error)) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("nothing was refused");
}

const document = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

describe("words about addresses", () => {
  it("are these", () => {
    expect(ADDRESS_FORMS).toBe(
      "gs://BUCKET/PREFIX, s3://BUCKET/PREFIX, az://ACCOUNT/CONTAINER/PREFIX, " +
        "ssh://USER@HOST/PATH, https://HOST/PATH or a folder",
    );
    expect(QUOTED_FORMS).toBe(
      "'gs://BUCKET/PREFIX', 's3://BUCKET/PREFIX', 'az://ACCOUNT/CONTAINER/PREFIX', " +
        "'ssh://USER@HOST/PATH', 'https://HOST/PATH' or a folder",
    );
    expect(EXAMPLE_ADDRESS).toBe("gs://my-bucket/team");
    expect(REMOTE_PARTS).toEqual(["url", "endpoint", "keyfile", "region", "pathstyle", "profile", "sshconfig"]);
  });

  it("say how an address is written to whoever wrote another", () => {
    expect(refusal(() => normaliseAddress("ftp://host/path"))).toEqual({
      code: "usage",
      message: "'ftp://host/path' is not the address of a remote",
      hint:
        "use 'gs://BUCKET/PREFIX', 's3://BUCKET/PREFIX', 'az://ACCOUNT/CONTAINER/PREFIX', 'ssh://USER@HOST/PATH', " +
        "'https://HOST/PATH' (to be read alone), the path of a folder, or 'file:///PATH'",
    });
    expect(refusal(() => normaliseAddress("https://user:secret@host/path"))).toEqual({
      code: "usage",
      message: "'https://***@host/path' holds credentials, which do not belong into the address of a remote",
      hint: "name it without them",
    });
    expect(refusal(() => normaliseAddress("s3://key:secret@bucket/x")).hint).toBe(
      "name it without them; for S3, 'aws configure', 'aws sso login' or AWS_ACCESS_KEY_ID signs in",
    );
    expect(refusal(() => normaliseAddress("ftp://user:secret@host/path")).hint).toContain("for Azure, 'az login'");
    expect(refusal(() => objectAt("gs://bucket/folder/"))).toEqual({
      code: "usage",
      message: "'gs://bucket/folder/' does not name an object of a bucket",
      hint: "write 'gs://BUCKET/NAME', 's3://BUCKET/NAME', 'az://ACCOUNT/CONTAINER/NAME' or 'ssh://USER@HOST/PATH'",
    });
  });

  it("of versions can be keys of a pointer", () => {
    for (const { objects } of DRIVERS) if (objects) expect(objects.version).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  it("of other programs are parts that the driver reads, and schemes that one driver has", () => {
    expect(new Set(FOREIGN_SCHEMES).size).toBe(FOREIGN_SCHEMES.length);
    for (const { foreign, parts, ownParts } of DRIVERS)
      for (const part of Object.values(foreign?.parts ?? {})) expect([...parts, ...ownParts]).toContain(part);
    const table = document("from-dvc.md");
    for (const scheme of FOREIGN_SCHEMES) expect(table, scheme).toContain(`\n| \`${scheme}`);
  });

  it("stand in the list of remotes, which leads to each driver's page", () => {
    const index = document("remotes.md");
    for (const { scheme, form, page } of DRIVERS) {
      if (scheme !== null) expect(index).toContain(form);
      expect(index).toContain(`](${page})`);
    }
  });

  it("stand in that page, with every setting and variable", () => {
    for (const { scheme, form, page, parts, ownParts, variables } of DRIVERS) {
      const text = document(page);
      if (scheme !== null) expect(text).toContain(form);
      for (const part of [...parts, ...ownParts])
        expect(text.toLowerCase(), `${page}: ${part}`).toContain(`mvgit-remote.name.${part}`);
      for (const variable of variables) expect(text, page).toContain(variable);
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
      const container = objects.form.replace(/\/NAME$/, "").toLowerCase();
      expect(isObjectAddress(`${container}/a/b`)).toBe(true);
      expect(objects.split(`${container}/a/b`)).toEqual({ container, name: "a/b" });
      expect(objects.split(container)).toBeNull();
    });
  },
);

describe("what is typed", () => {
  it("is a folder unless it is an address", () => {
    expect(typedAddress("store", "/here")).toBe("/here/store");
    expect(typedAddress("../a:b", "/here")).toBe("/a:b");
    expect(typedAddress("file:///mnt/store", "/here")).toBe("/mnt/store");
    expect(typedAddress("gs://bucket/team/", "/here")).toBe("gs://bucket/team");
    expect(typedAddress("./me@host:store", "/here")).toBe("/here/me@host:store");
  });

  it.each(["me@host:store", "host:/srv/store", "s3:bucket/team"])("is no folder made by mistake: %s", (typed) => {
    expect(() => typedAddress(typed, "/here")).toThrow("is not the address of a remote");
  });
});
