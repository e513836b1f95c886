/** From a remote's settings to its folder on a server, by the user's own OpenSSH. */
import { dirname } from "node:path";
import { display } from "../../../base/paths.ts";
import { ask } from "../../../program/ask.ts";
import { findOnPath } from "../../../program/find.ts";
import { startTalk } from "../../../program/talk.ts";
import { withSearchPath } from "../../../base/search-path.ts";
import type { RemoteSettings } from "../../../values/settings.ts";
import type { InspectableBucket } from "../../bucket.ts";
import { FileSessions } from "../../cloud/upload-sessions.ts";
import type { BucketContext } from "../../driver.ts";
import { parseSshUrl, sshAddress, sshOptions } from "./address.ts";
import { SftpBucket } from "./bucket.ts";
import { sshMissing } from "./failures.ts";

/**
 * What the user's own settings must not change: nobody is asked anything, nothing is forwarded or run beside, and no
 * connection outlives this process. One that the user holds open (`ControlPath`) is used.
 */
const OPTIONS = [
  ["BatchMode", "yes"],
  ["ConnectTimeout", "30"],
  ["ServerAliveInterval", "15"],
  ["ServerAliveCountMax", "4"],
  ["ControlMaster", "no"],
  ["ClearAllForwardings", "yes"],
  ["ForwardAgent", "no"],
  ["ForwardX11", "no"],
  ["PermitLocalCommand", "no"],
  ["RemoteCommand", "none"],
  ["RequestTTY", "no"],
  ["LogLevel", "ERROR"],
].map(([name, value]) => `-o${name}=${value}`);

/** Milliseconds that it may take `ssh` to read its settings. */
const PATIENCE = 10_000;

/** Throws `usage` for an address that is none. Nothing is started yet. */
export async function openRemote(
  { url, options = {} }: RemoteSettings,
  { env, watch: { clock, signal }, uploads, retry }: BucketContext,
): Promise<InspectableBucket> {
  const { sshconfig: config } = options;
  const place = { ...parseSshUrl(url), ...(config !== undefined && { config }) };
  const address = sshAddress(place);
  const args = [...(config === undefined ? [] : ["-F", config]), ...OPTIONS, ...sshOptions(place)];
  const program = () => {
    const file = findOnPath("ssh", env);
    if (file === null) throw sshMissing({ address, place });
    return { file, env: withSearchPath(env) };
  };
  return new SftpBucket({
    address,
    place,
    start: () => startTalk({ ...program(), args: [...args, "-s", "--", place.host, "sftp"] }),
    startShell: () => startTalk({ ...program(), args: [...args, "--", place.host, "sh"] }),
    identity: async () => {
      const { file, env: own } = program();
      const question = { file, args: [...args, "-G", "--", place.host], cwd: dirname(file), env: own };
      return identityIn((await ask({ ...question, patience: PATIENCE })) ?? "");
    },
    clock,
    signal,
    ...(retry && { retry }),
    ...(uploads !== undefined && { sessions: new FileSessions(uploads) }),
  });
}

/** Of all settings of `ssh` for a host: as whom it signs in where. */
function identityIn(settings: string): string {
  const valueOf = (key: string): string => display(new RegExp(`^${key} (.*)$`, "m").exec(settings)?.[1] ?? "?");
  return `${valueOf("user")} at ${valueOf("hostname")}, port ${valueOf("port")}`;
}
