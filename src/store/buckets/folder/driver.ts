/** Folders in the table of drivers: on this disk, another device, or a share. */
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { Driver } from "../../driver.ts";

export const folder: Driver = {
  scheme: null,
  form: "a folder",
  spellings: ["the path of a folder", "'file:///PATH'"],
  example: null,
  page: "remotes/folder.md",
  parts: [],
  ownParts: [],
  variables: [],
  signIn: null,
  recognise(url) {
    if (url.startsWith("file://")) return pathOf(url);
    return isAbsolute(url) ? url : null;
  },
  isPlain: () => false,
  prepare: async (url) => (await import("./bucket.ts")).makeRemoteFolder(url),
  async open({ url }) {
    const { FolderBucket } = await import("./bucket.ts");
    return new FolderBucket(url.startsWith("file://") ? pathOf(url) : url);
  },
};

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new MvgitError("usage", `'${showAddress(url)}' does not name a folder of this machine`, {
      subject: showAddress(url),
      hint: "write 'file:///PATH', or the path alone",
      cause: error,
    });
  }
}
