/** Where the containers of an account are asked for. */
import { endpointOf } from "../../cloud/endpoint.ts";

/** Of endpoints, for advice. */
const EXAMPLES = ["https://ACCOUNT.blob.core.chinacloudapi.cn", "http://127.0.0.1:10000/ACCOUNT"];
/** Emulators have all accounts on one host, and name them in the path. */
const NUMBERED = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/;

/**
 * Scheme, host and port, and the account where it belongs into the path; without a slash behind. `named`: by the user.
 * Throws `setting-invalid`.
 */
export function serviceOf(account: string, named: string | undefined): string {
  if (named === undefined) return `https://${account}.blob.core.windows.net`;
  const inPath = `/${account}`;
  const [, before] = new RegExp(`^(\\w+://[^/]+)${inPath}/?$`).exec(named) ?? [];
  const origin = endpointOf(before ?? named, EXAMPLES);
  return before !== undefined || NUMBERED.test(new URL(origin).hostname) ? origin + inPath : origin;
}
