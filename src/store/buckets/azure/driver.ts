/** Azure Blob Storage in the table of drivers. */
import type { Driver, ObjectAddress } from "../../driver.ts";
import { azureAddress, parseAzureUrl } from "./address.ts";
import { foreign } from "./foreign.ts";

const SCHEME = "az://";
/** As a committed file may name one. */
const PLAIN = /^az:\/\/[a-z0-9]{3,24}\/[a-z0-9-]{3,63}(\/[A-Za-z0-9._-]+)*\/?$/;

export const azure: Driver = {
  scheme: SCHEME,
  form: "az://ACCOUNT/CONTAINER/PREFIX",
  spellings: ["'az://ACCOUNT/CONTAINER/PREFIX'"],
  example: "az://myaccount/my-container/team",
  page: "remotes/azure.md",
  parts: ["endpoint"],
  ownParts: [],
  variables: [
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_KEY",
  ],
  signIn: "for Azure, 'az login' or AZURE_STORAGE_CONNECTION_STRING signs in",
  objects: { form: "az://ACCOUNT/CONTAINER/NAME", version: "etag", split },
  foreign,
  recognise: (url) => (url.startsWith(SCHEME) ? azureAddress(parseAzureUrl(url)) : null),
  isPlain: (url) => PLAIN.test(url) && !url.split("/").some((part) => part === "." || part === ".."),
  open: async (settings, context) => (await import("./open.ts")).openRemote(settings, context),
};

function split(url: string): ObjectAddress | null {
  const [, holder = "", name = ""] = /^az:\/\/([^/]+\/[^/]+)\/(.+)$/su.exec(url) ?? [];
  const isWhole = name !== "" && !name.split("/").some((part) => part === "." || part === "..");
  return isWhole && !name.endsWith("/") ? { container: SCHEME + holder, name } : null;
}
