/** Google Cloud Storage in the table of drivers. */
import type { Driver, ObjectAddress } from "../../driver.ts";
import { gcsAddress, parseGcsUrl } from "./address.ts";

const SCHEME = "gs://";
/** As a committed file may name one. */
const PLAIN = /^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](\/[A-Za-z0-9._-]+)*\/?$/;

export const gcs: Driver = {
  scheme: SCHEME,
  form: "gs://BUCKET/PREFIX",
  spellings: ["'gs://BUCKET/PREFIX'"],
  example: "gs://my-bucket/team",
  page: "remotes/gcs.md",
  parts: ["endpoint"],
  ownParts: ["keyfile"],
  variables: ["GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"],
  signIn: "for Google Cloud, 'gcloud auth application-default login' or GOOGLE_APPLICATION_CREDENTIALS signs in",
  objects: { form: "gs://BUCKET/NAME", version: "generation", split },
  foreign: {
    schemes: [SCHEME],
    parts: { endpointurl: "endpoint", credentialpath: "keyfile" },
    address: ({ url }) => url.replace(/\/+$/, ""),
  },
  recognise: (url) => (url.startsWith(SCHEME) ? gcsAddress(parseGcsUrl(url)) : null),
  isPlain: (url) => PLAIN.test(url) && !url.split("/").some((part) => part === "." || part === ".."),
  open: async (settings, context) => (await import("./open.ts")).openRemote(settings, context),
};

function split(url: string): ObjectAddress | null {
  const [, bucket = "", name = ""] = /^gs:\/\/([^/]+)\/(.+)$/su.exec(url) ?? [];
  return name === "" || name.endsWith("/") ? null : { container: SCHEME + bucket, name };
}
