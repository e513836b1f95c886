/** `az://ACCOUNT/CONTAINER/PREFIX` as users write it, and the same in the terms of the service. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import { isPrefix, PREFIX_RULE } from "../../cloud/prefix.ts";

export interface AzurePlace {
  account: string;
  container: string;
  /** Without a slash at either end; "" for the whole container. */
  prefix: string;
}

const ACCOUNT = /^[a-z0-9]{3,24}$/;
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;

/** Throws `usage` for what is not the address of a container, with or without a prefix. */
export function parseAzureUrl(url: string): AzurePlace {
  const [, account = "", container = "", rest = ""] = /^az:\/\/([^/]*)\/([^/]*)(?:\/(.*))?$/su.exec(url) ?? [];
  const prefix = rest.endsWith("/") ? rest.slice(0, -1) : rest;
  if (!ACCOUNT.test(account)) throw refused(url, "an account has 3 to 24 lower-case letters and digits");
  if (!CONTAINER.test(container))
    throw refused(url, "a container has 3 to 63 lower-case letters and digits, with single '-' between them");
  if (!isPrefix(prefix)) throw refused(url, PREFIX_RULE);
  return { account, container, prefix };
}

/** The address in its one spelling. */
export function azureAddress({ account, container, prefix }: AzurePlace): string {
  return prefix === "" ? `az://${account}/${container}` : `az://${account}/${container}/${prefix}`;
}

function refused(url: string, rule: string): MvgitError {
  return new MvgitError("usage", `'${showAddress(url)}' is not the address of a container`, {
    subject: showAddress(url),
    hint: `write 'az://ACCOUNT/CONTAINER/PREFIX': ${rule}`,
  });
}
