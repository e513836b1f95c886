/** Folders of servers that are reached by SSH in the table of drivers. */
import type { Driver, ObjectAddress } from "../../driver.ts";
import { parseSshUrl, sshAddress } from "./address.ts";
import { foreign } from "./foreign.ts";

const SCHEME = "ssh://";

export const sftp: Driver = {
  scheme: SCHEME,
  form: "ssh://USER@HOST/PATH",
  spellings: ["'ssh://USER@HOST/PATH'"],
  example: null,
  page: "remotes/ssh.md",
  parts: [],
  ownParts: ["sshconfig"],
  variables: [],
  signIn: "for a server, your own 'ssh' signs in, as ~/.ssh/config and ssh-agent say",
  objects: { form: "ssh://USER@HOST/PATH", version: "modified", split },
  foreign,
  recognise: (url) => (url.startsWith(SCHEME) ? sshAddress(parseSshUrl(url)) : null),
  // Who clones a repository is not to knock at any server that it names, with keys of their own.
  isPlain: () => false,
  open: async (settings, context) => (await import("./open.ts")).openRemote(settings, context),
};

function split(url: string): ObjectAddress | null {
  const [, host = "", folder = "", name = ""] = /^(ssh:\/\/[^/]+)((?:\/[^/]+)*)\/([^/]+)$/su.exec(url) ?? [];
  return name === "" ? null : { container: `${host}${folder || "/"}`, name };
}
