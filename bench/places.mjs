/**
 * Places on loopback, and what else carries files there: the vendor's client or command. A place says how its peers
 * bring a file or a folder up and down, each below a prefix; `null` where its server is not installed.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACCOUNT, azurite, fakeGcs, nginx, sshd, versitygw } from "./servers.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const node = (name) => (what, local, prefix) => `node '${join(here, `peers/${name}.mjs`)}' ${what} ${local} ${prefix}`;

/** Four commands from one, of a client in JavaScript. */
const client = (command) => ({
  up: (file, prefix) => command("up", file, prefix),
  down: (file, prefix) => command("down", file, prefix),
  upMany: (folder, prefix) => command("up-many", folder, prefix),
  downMany: (folder, prefix) => command("down-many", folder, prefix),
});

function s3(bench) {
  const folder = bench.path("server-s3");
  const server = versitygw(folder);
  if (server === null) return null;
  const at = (prefix) => `s3://bench/${prefix}`;
  return {
    env: server.env,
    url: at,
    clear: (prefix) => rmSync(join(folder, "bench", prefix), { recursive: true, force: true }),
    peers: {
      SDK: client(node("s3")),
      aws: {
        needs: "aws --version",
        up: (file, prefix) => `aws s3 cp --only-show-errors ${file} ${at(prefix)}/file`,
        down: (file, prefix) => `aws s3 cp --only-show-errors ${at(prefix)}/file ${file}`,
        upMany: (name, prefix) => `aws s3 cp --only-show-errors --recursive ${name} ${at(prefix)}`,
        downMany: (name, prefix) => `aws s3 cp --only-show-errors --recursive ${at(prefix)} ${name}`,
      },
    },
  };
}

function az(bench) {
  const server = azurite(bench.path("server-azure"));
  Object.assign(bench.env, server.env);
  bench.run(".", node("azure")("make", "-", "-"));
  return {
    env: server.env,
    url: (prefix) => `az://${ACCOUNT}/bench/${prefix}`,
    clear: () => undefined,
    peers: { SDK: client(node("azure")) },
  };
}

function gs(bench) {
  const folder = bench.path("server-gcs");
  const server = fakeGcs(folder);
  if (server === null) return null;
  return {
    env: server.env,
    url: (prefix) => `gs://bench/${prefix}`,
    clear: (prefix) => rmSync(join(folder, "bench", prefix), { recursive: true, force: true }),
    peers: { SDK: client(node("gcs")) },
  };
}

function ssh(bench) {
  const server = sshd(bench.path("server-ssh"));
  if (server === null) return null;
  const folder = bench.path("kept-ssh");
  mkdirSync(folder);
  bench.env.PATH = `${server.bin}:${bench.env.PATH}`;
  const at = (prefix) => join(folder, prefix);
  /** A batch, of one connection. */
  const sftp = (line) => `printf '%s\\n' '${line}' | sftp -q -b - -P ${server.port} ${server.host} >/dev/null`;
  const rsync = (from, to) => `rsync -a -e 'ssh -p ${server.port}' ${from} ${to}`;
  return {
    env: server.env,
    url: (prefix) => `ssh://${server.host}:${server.port}${at(prefix)}`,
    clear: (prefix) => rmSync(at(prefix), { recursive: true, force: true }),
    prepare: (prefix) => mkdirSync(at(prefix), { recursive: true }),
    peers: {
      sftp: {
        up: (file, prefix) => sftp(`put ${file} ${at(prefix)}/file`),
        down: (file, prefix) => sftp(`get ${at(prefix)}/file ${file}`),
        upMany: (name, prefix) => sftp(`put -r ${name}/. ${at(prefix)}`),
        downMany: (name, prefix) => `mkdir ${name} && ${sftp(`get -r ${at(prefix)}/. ${name}`)}`,
      },
      rsync: {
        needs: "rsync --version",
        up: (file, prefix) => rsync(file, `${server.host}:${at(prefix)}/file`),
        down: (file, prefix) => rsync(`${server.host}:${at(prefix)}/file`, file),
        upMany: (name, prefix) => rsync(`${name}/`, `${server.host}:${at(prefix)}`),
        downMany: (name, prefix) => rsync(`${server.host}:${at(prefix)}/`, name),
      },
    },
    /** Held against it alone; the others are printed beside. */
    judge: ["sftp"],
  };
}

function https(bench) {
  const server = nginx(bench.path("server-http"));
  if (server === null) return null;
  const at = (prefix) => join(server.served, prefix);
  const copied = (prefix) => ({
    up: (file) => `mkdir -p ${at(prefix)} && cp ${file} ${at(prefix)}/file`,
    upMany: (name) => `mkdir -p ${at(prefix)} && cp ${name}/* ${at(prefix)}`,
  });
  return {
    env: server.env,
    url: (prefix) => `${server.url}/${prefix}`,
    /** Where a push puts what is served then. */
    behind: (prefix) => at(prefix),
    clear: (prefix) => rmSync(at(prefix), { recursive: true, force: true }),
    prepare: (prefix) => mkdirSync(at(prefix), { recursive: true }),
    peers: {
      curl: {
        needs: "curl --version",
        up: (file, prefix) => copied(prefix).up(file),
        down: (file, prefix) => `curl -sSf -o ${file} ${server.url}/${prefix}/file`,
        upMany: (name, prefix) => copied(prefix).upMany(name),
        downMany(name, prefix) {
          const lines = readdirSync(at(prefix)).map(
            (file) => `url = "${server.url}/${prefix}/${file}"\noutput = "${name}/${file}"\n`,
          );
          writeFileSync(bench.path("curl.list"), lines.join(""));
          return `mkdir ${name} && curl -sSf --parallel --parallel-max 32 -K curl.list`;
        },
      },
    },
  };
}

export const PLACES = { gs, s3, az, ssh, https };
