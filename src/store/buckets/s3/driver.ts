/** S3 in the table of drivers. */
import type { Driver, ObjectAddress } from "../../driver.ts";
import { parseS3Url, s3Address } from "./address.ts";

const SCHEME = "s3://";
/** As a committed file may name one. */
const PLAIN = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9._-]+)*\/?$/;

export const s3: Driver = {
  scheme: SCHEME,
  form: "s3://BUCKET/PREFIX",
  spellings: ["'s3://BUCKET/PREFIX'"],
  example: "s3://my-bucket/team",
  page: "remotes/s3.md",
  parts: ["endpoint", "region", "pathstyle"],
  ownParts: ["profile"],
  variables: [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
  ],
  signIn: "for S3, 'aws configure', 'aws sso login' or AWS_ACCESS_KEY_ID signs in",
  objects: { form: "s3://BUCKET/NAME", version: "version", split },
  foreign: {
    schemes: [SCHEME],
    parts: { endpointurl: "endpoint", region: "region", profile: "profile" },
    address: ({ url }) => url.replace(/\/+$/, ""),
  },
  recognise: (url) => (url.startsWith(SCHEME) ? s3Address(parseS3Url(url)) : null),
  isPlain: (url) => PLAIN.test(url) && !url.split("/").some((part) => part === "." || part === ".."),
  open: async (settings, context) => (await import("./open.ts")).openRemote(settings, context),
};

/** Names with a part that addresses of the web do not keep ("..", ".") cannot be asked for. */
function split(url: string): ObjectAddress | null {
  const [, bucket = "", name = ""] = /^s3:\/\/([^/]+)\/(.+)$/su.exec(url) ?? [];
  if (name === "" || name.endsWith("/") || name.split("/").some((part) => part === "." || part === "..")) return null;
  return { container: SCHEME + bucket, name };
}
