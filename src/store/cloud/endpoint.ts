/** Where a service's API is, when it is not where the vendor has it. */
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";

/** Scheme, host and port. `examples`: as in "such as 'https://…' or 'http://…'". Throws `setting-invalid`. */
export function endpointOf(text: string, examples: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (plain && url.pathname === "/") return url.origin;
  throw new MvgitError("setting-invalid", `'${showAddress(text)}' is not the endpoint of a storage API`, {
    subject: showAddress(text),
    hint: `write scheme, host and port alone, such as ${examples.map((each) => `'${each}'`).join(" or ")}`,
  });
}

/** Without TLS credentials go to this machine only, and only those that were named. */
export function mayCarryCredentials(endpoint: string, areNamed: boolean): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === "https:" || (areNamed && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
