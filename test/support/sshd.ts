/** OpenSSH's own server on loopback, as this user, with keys and settings of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../../src/program/serve.ts";
import { findOnPath } from "../../src/program/find.ts";
import { findServer } from "./find-server.ts";
import { makeTestFolder } from "./test-folder.ts";

const SSHD = findServer("sshd", "MVGIT_SSHD");
const SSH = findOnPath("ssh", process.env);

/** Whether it can be started here. */
export const HAS_SSHD = SSHD !== null && SSH !== null;

export interface Sshd {
  /** A folder that is the test's own. */
  dir: string;
  port: number;
  /** PATH with an `ssh` before all others that reads no settings but the test's. */
  env: Record<string, string>;
  /** Of a folder on that server. */
  address(folder: string): string;
  /** What `ssh` is told, beside the user's key and what the server is known by. */
  settings(lines: string): void;
  /** Holds one connection open, which every other one uses: for tests that are about something else. */
  share(): void;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  stop(): void;
}

/** `more`: lines of its `sshd_config`. */
export async function startSshd(more = ""): Promise<Sshd> {
  const { dir, remove } = makeTestFolder();
  const port = await freePort();
  const key = (name: string): void =>
    void execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(dir, name)]);
  key("host");
  key("user");
  fs.copyFileSync(join(dir, "user.pub"), join(dir, "authorized"));
  fs.writeFileSync(join(dir, "known"), `[127.0.0.1]:${port} ${fs.readFileSync(join(dir, "host.pub"), "utf8")}`);
  fs.writeFileSync(join(dir, "sshd_config"), serverSettings(dir, port) + more);
  const settings = (lines: string): void => fs.writeFileSync(join(dir, "ssh_config"), lines + clientSettings(dir));
  settings("");
  fs.mkdirSync(join(dir, "bin"));
  fs.writeFileSync(join(dir, "bin", "ssh"), `#!/bin/sh\nexec ${SSH} -F '${join(dir, "ssh_config")}' "$@"\n`, {
    mode: 0o755,
  });
  // Where it drops rights, it does so in this folder, which the system's own service makes.
  if (userInfo().uid === 0) fs.mkdirSync("/run/sshd", { recursive: true });
  const server = spawn(SSHD ?? "", ["-D", "-e", "-f", join(dir, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await answers(server, port);
  return {
    dir,
    port,
    env: { PATH: [join(dir, "bin"), process.env["PATH"]].join(delimiter) },
    address: (folder) => `ssh://${userInfo().username}@127.0.0.1:${port}${folder}`,
    settings,
    share() {
      const own = `ControlPath ${join(dir, "shared")}\n`;
      settings(own);
      const args = ["-M", "-N", "-f", "-o", "BatchMode=yes", "-p", String(port), "127.0.0.1"];
      // What stays behind would hold an open pipe.
      execFileSync(join(dir, "bin", "ssh"), args, { stdio: "ignore" });
    },
    cut: () => childrenOf(server.pid).forEach((pid) => process.kill(pid, "SIGKILL")),
    stop() {
      for (const pid of childrenOf(server.pid)) process.kill(pid, "SIGKILL");
      server.kill("SIGKILL");
      remove();
    },
  };
}

const serverSettings = (dir: string, port: number): string => `
ListenAddress 127.0.0.1:${port}
HostKey ${join(dir, "host")}
AuthorizedKeysFile ${join(dir, "authorized")}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
`;

const clientSettings = (dir: string): string => `
Host *
  IdentityFile ${join(dir, "user")}
  IdentitiesOnly yes
  IdentityAgent none
  GlobalKnownHostsFile none
  UserKnownHostsFile ${join(dir, "known")}
`;

async function answers(server: ChildProcess, port: number): Promise<void> {
  let words = "";
  server.stderr?.on("data", (chunk: Buffer) => (words += chunk.toString()));
  for (let attempt = 0; attempt < 200; attempt++) {
    if (server.exitCode !== null) break;
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not start: ${words}`);
}

/** Of all connections of a server. */
function childrenOf(pid: number | undefined): number[] {
  const found: number[] = [];
  for (const name of fs.readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      if (parent === pid) found.push(Number(name), ...childrenOf(Number(name)));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
