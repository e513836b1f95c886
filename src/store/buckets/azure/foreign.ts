/** A container as DVC (`azure://CONTAINER/PREFIX`) and MLflow (`wasbs://CONTAINER@ACCOUNT.…/PREFIX`) write it. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { ForeignDriver, ForeignPlace } from "../../driver.ts";

const HOST = /^([a-z0-9]+)\.(?:blob|dfs)\.core\.windows\.net$/;

export const foreign: ForeignDriver = {
  schemes: ["azure://", "abfss://", "abfs://", "wasbs://", "wasb://"],
  parts: {},
  address,
};

function address({ url, options, env }: ForeignPlace): string {
  const [, place = "", rest = ""] = /^[a-z]+:\/\/([^/]*)(\/.*)?$/s.exec(url.replace(/\/+$/, "")) ?? [];
  const [container, host] = place.split("@");
  const account =
    HOST.exec(host ?? "")?.[1] ??
    options["account_name"] ??
    accountIn(options["connection_string"]) ??
    env["AZURE_STORAGE_ACCOUNT"] ??
    accountIn(env["AZURE_STORAGE_CONNECTION_STRING"]);
  // The repository may say it of a container that its user named: it leads to no other one.
  if (account !== undefined && !account.includes("/")) return `az://${account}/${container}${rest}`;
  throw new MvgitError("usage", "it names no account", {
    subject: showAddress(url),
    hint: "set AZURE_STORAGE_ACCOUNT, or 'account_name' in the settings that have it",
  });
}

/** The account that a connection string is for; nothing else of it is read. */
function accountIn(connection: string | undefined): string | undefined {
  return /(?:^|;)\s*AccountName=([a-z0-9]+)(?:;|$)/i.exec(connection ?? "")?.[1];
}
