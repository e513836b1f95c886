/** Servers of files that were not written here, on loopback: nginx, and Python's own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { findOnPath } from "../../src/program/find.ts";
import { freePort } from "../../src/program/serve.ts";
import { findServer } from "./find-server.ts";
import { makeTestFolder } from "./test-folder.ts";

const NGINX = findServer("nginx", "MVGIT_NGINX");
const PYTHON = findOnPath("python3", process.env);

export interface FileServer {
  /** Without a slash at the end. */
  url: string;
  stop(): Promise<void>;
}

export interface FileServerKind {
  name: string;
  /** Null where it is not installed. */
  program: string | null;
  /** How it is started in the foreground; `own`: a folder for its own files. */
  words(at: { folder: string; own: string; port: number }): string[];
}

export const FILE_SERVERS: readonly FileServerKind[] = [
  {
    name: "nginx",
    program: NGINX,
    words({ folder, own, port }) {
      const file = join(own, "nginx.conf");
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
        (each) => `${each}_temp_path ${own}/t;`,
      );
      fs.writeFileSync(
        file,
        `daemon off; master_process off; pid ${own}/pid; error_log ${own}/log; events {}
        http { access_log off; ${temporary.join(" ")} server { listen 127.0.0.1:${port}; root ${folder}; } }\n`,
      );
      return ["-c", file, "-e", join(own, "log")];
    },
  },
  {
    name: "python3 -m http.server",
    program: PYTHON,
    words: ({ folder, port }) => ["-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, String(port)],
  },
];

export async function startFileServer({ name, program, words }: FileServerKind, folder: string): Promise<FileServer> {
  const own = makeTestFolder();
  const port = await freePort();
  const server = spawn(program ?? "", words({ folder, own: own.dir, port }), { stdio: "ignore" });
  await answers(name, server, port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
      own.remove();
    },
  };
}

async function answers(name: string, server: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (server.exitCode !== null) throw new Error(`${name} ended with status ${server.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await systemClock.sleep(20);
  }
  throw new Error(`${name} does not answer`);
}
