/** Servers on loopback for the rows of clouds; a server that is not installed is null. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Keys of the servers below, and of nothing else. */
export const KEYS = { AWS_ACCESS_KEY_ID: "bench", AWS_SECRET_ACCESS_KEY: "bench-secret", AWS_REGION: "us-east-1" };
export const ACCOUNT = "account1";
const AZURE_KEY = Buffer.from("a key of this bench alone").toString("base64");

const children = [];

/** Ends all of them. */
export function stopServers() {
  for (const child of children) child.kill("SIGKILL");
}

function find(program, variable) {
  const folders = [...process.env.PATH.split(delimiter), "/usr/sbin", join(homedir(), "go/bin")];
  return process.env[variable] ?? folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

function start(program, args, env = {}) {
  children.push(spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } }));
}

/** A port that nobody listens on; found by another process, since everything here waits. */
function freePort() {
  const script =
    'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})';
  return execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim();
}

function waitFor(port) {
  const script =
    `const t=()=>require("net").connect(${port},"127.0.0.1",()=>process.exit(0))` +
    `.on("error",()=>setTimeout(t,50));t()`;
  if (spawnSync(process.execPath, ["-e", script], { timeout: 20_000 }).status !== 0)
    throw new Error(`nobody listens on ${port}`);
}

export function versitygw(folder) {
  const program = find("versitygw", "MVGIT_VERSITYGW");
  if (!program) return null;
  const port = freePort();
  mkdirSync(join(folder, "bench"), { recursive: true });
  const env = { ROOT_ACCESS_KEY: KEYS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: KEYS.AWS_SECRET_ACCESS_KEY };
  start(program, ["--port", `127.0.0.1:${port}`, "--keep-alive", "--quiet", "posix", folder], env);
  waitFor(port);
  return { env: { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_EC2_METADATA_DISABLED: "true" } };
}

export function azurite(folder) {
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  const port = freePort();
  mkdirSync(folder, { recursive: true });
  const args = [
    main,
    "--blobHost",
    "127.0.0.1",
    "--blobPort",
    port,
    "--location",
    folder,
    "--silent",
    "--disableTelemetry",
    "--skipApiVersionCheck",
  ];
  start(process.execPath, args, { AZURITE_ACCOUNTS: `${ACCOUNT}:${AZURE_KEY}` });
  waitFor(port);
  const parts = [
    "DefaultEndpointsProtocol=http",
    `AccountName=${ACCOUNT}`,
    `AccountKey=${AZURE_KEY}`,
    `BlobEndpoint=http://127.0.0.1:${port}/${ACCOUNT}`,
  ];
  return { env: { AZURE_STORAGE_CONNECTION_STRING: parts.join(";") } };
}

/**
 * `wait`: milliseconds that each request takes longer; then `requests` tells how many there were.
 */
export function fakeGcs(folder, wait = null) {
  const program = find("fake-gcs-server", "MVGIT_FAKE_GCS_SERVER");
  if (!program) return null;
  const port = freePort();
  mkdirSync(join(folder, "bench"), { recursive: true });
  const gateway = wait === null ? null : freePort();
  const url = `http://127.0.0.1:${gateway ?? port}`;
  const flags = ["-scheme", "http", "-host", "127.0.0.1", "-port", port, "-log-level", "error"];
  start(program, [...flags, "-backend", "filesystem", "-filesystem-root", folder, "-external-url", url]);
  waitFor(port);
  const counts = join(folder, "requests");
  if (gateway !== null) {
    const script = fileURLToPath(new URL("storage/gateway.mjs", import.meta.url));
    start(process.execPath, [script, gateway, `http://127.0.0.1:${port}`, String(wait), counts]);
    waitFor(gateway);
  }
  const requests = () => (existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : {});
  return { env: { STORAGE_EMULATOR_HOST: url }, requests };
}

/** `settings`: what `ssh -F` is given. */
export function sshd(folder) {
  const program = find("sshd", "MVGIT_SSHD");
  if (!program || !find("sftp")) return null;
  const port = freePort();
  const at = (name) => join(folder, name);
  mkdirSync(folder, { recursive: true });
  for (const name of ["host", "user"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", at(name)]);
  copyFileSync(at("user.pub"), at("authorized"));
  writeFileSync(at("known"), `[127.0.0.1]:${port} ${readFileSync(at("host.pub"), "utf8")}`);
  const server = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${at("host")}`,
    `AuthorizedKeysFile ${at("authorized")}`,
    "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no",
    "MaxStartups 100\nMaxSessions 100\nSubsystem sftp internal-sftp\n",
  ];
  const client = [
    `IdentityFile ${at("user")}`,
    "IdentitiesOnly yes\nIdentityAgent none\nGlobalKnownHostsFile none",
    `UserKnownHostsFile ${at("known")}\n`,
  ];
  writeFileSync(at("sshd_config"), server.join("\n"));
  writeFileSync(at("ssh_config"), client.join("\n"));
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  mkdirSync(at("bin"));
  for (const name of ["ssh", "sftp"])
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\nexec ${find(name)} -F '${at("ssh_config")}' "$@"\n`, { mode: 0o755 });
  start(program, ["-D", "-f", at("sshd_config")]);
  waitFor(port);
  return { port, host: `${userInfo().username}@127.0.0.1`, bin: at("bin"), env: {} };
}

export function nginx(folder) {
  const program = find("nginx", "MVGIT_NGINX");
  if (!program) return null;
  const port = freePort();
  mkdirSync(join(folder, "served"), { recursive: true });
  const at = (name) => join(folder, name);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${at(name)};`,
  );
  writeFileSync(
    at("nginx.conf"),
    `daemon off; master_process off; pid ${at("pid")}; error_log ${at("errors")};\nevents {}\nhttp { access_log off; ` +
      `sendfile on; keepalive_requests 100000; ${temporary.join(" ")}\n` +
      `server { listen 127.0.0.1:${port}; root ${at("served")}; } }\n`,
  );
  start(program, ["-p", folder, "-c", at("nginx.conf")]);
  waitFor(port);
  return { url: `http://127.0.0.1:${port}`, served: at("served"), env: {} };
}
