import { expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { fromSystem } from "../../src/base/system-errors.ts";
import { blobOf } from "../../src/repo/name-blob.ts";

const HASH = "4d6d37de0668c6f5c420dd370db479bf61fc6b6bff33ed08b78821065dcd3136";
const file = `/store/blobs/${HASH.slice(0, 2)}/${HASH.slice(2)}`;
const system = (code: string, action: string): MvgitError =>
  fromSystem(Object.assign(new Error(code), { code, path: file }), action, file);

it.each<[string, MvgitError, string | null]>([
  ["a blob that is missing", new MvgitError("blob-missing", "x", { subject: HASH }), HASH],
  ["one that may not be read", system("EACCES", `read '${file}'`), HASH],
  ["one that the remote may not be asked for", system("EACCES", `look for '${file.slice(7)}' in '/store'`), HASH],
  ["one that the disk fails at", system("EIO", `read '${file}'`), HASH],
  ["another file", system("EACCES", "read '/store/mvgit.json'"), null],
  ["another failure", new MvgitError("usage", "x", { subject: HASH }), null],
])("%s", (_, error, hash) => {
  expect(blobOf(error)).toBe(hash);
});
