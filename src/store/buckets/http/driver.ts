/** Web servers in the table of drivers: what a folder remote looks like when somebody serves it. To be read alone. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { Driver } from "../../driver.ts";

export const http: Driver = {
  scheme: "https://",
  form: "https://HOST/PATH",
  spellings: ["'https://HOST/PATH' (to be read alone)"],
  example: null,
  page: "remotes/http.md",
  parts: [],
  ownParts: [],
  variables: ["HTTPS_PROXY", "NO_PROXY"],
  signIn: null,
  foreign: { schemes: ["https://", "http://"], parts: {}, address: ({ url }) => url },
  recognise: (url) => (/^https?:\/\//i.test(url) ? addressOf(url) : null),
  isPlain: () => false,
  open: async ({ url }, context) => (await import("./bucket.ts")).openHttp({ ...context, address: addressOf(url) }),
};

/** In its one spelling, without a slash at the end. */
function addressOf(text: string): string {
  const isPlain = /^https?:\/\/[^/]/i.test(text) && !/[\s?#\\\p{Cc}]/u.test(text);
  const url = isPlain && URL.canParse(text) ? new URL(text) : null;
  if (url !== null && url.username === "" && url.password === "")
    return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  throw new MvgitError("usage", `'${showAddress(text)}' is not the address of a folder that a web server serves`, {
    subject: showAddress(text),
    hint: "write 'https://HOST/PATH', without '?' and '#'",
  });
}
