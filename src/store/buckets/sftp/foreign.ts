/** A folder on a server as DVC and MLflow write it: user and port may stand beside the address. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import type { ForeignDriver, ForeignPlace } from "../../driver.ts";

export const foreign: ForeignDriver = { schemes: ["ssh://", "sftp://"], parts: {}, address };

/** What stands beside counts more, as for those programs. A password is left out: `ssh` signs in. */
function address({ url, options }: ForeignPlace): string {
  const [, user, host, port, path = ""] =
    /^[a-z]+:\/\/(?:([^@/:]*)(?::[^@/]*)?@)?(\[[^\]/]*\]|[^/:@]+)(?::(\d+))?(\/.*)?$/s.exec(url) ?? [];
  const refused = (how: string): MvgitError =>
    new MvgitError("usage", how, { subject: showAddress(url), hint: "write 'ssh://USER@HOST/PATH'" });
  if (host === undefined) throw refused("it names no host");
  const who = options["user"] ?? user;
  const where = options["port"] ?? port;
  // The repository may say them of a host that its user named: neither leads to another one.
  if (/[/[\]]/.test(who ?? "")) throw refused("what it has for a user cannot be one");
  if (!/^\d{1,5}$/.test(where ?? "22")) throw refused("what it has for a port cannot be one");
  const shown = `${who === undefined || who === "" ? "" : `${who}@`}${host}${where === undefined ? "" : `:${where}`}`;
  return `ssh://${shown}${path.replace(/\/+$/, "")}`;
}
