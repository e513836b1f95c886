/**
 * Clients of clouds: loaded by the commands that use an address of theirs and by no other, and installed by whoever
 * uses one.
 */
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DRIVERS } from "../../src/store/drivers.ts";
import { type Ran, ROOT, runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
/** Refuses whoever asks. */
let server: http.Server;
let url = "";
const at = (path: string): string => join(box.dir, path);

beforeAll(async () => {
  server = http.createServer((_, answer) => answer.writeHead(403).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  box = await makeSandbox({ hooks: true });
  box.write("work/w.bin", "weights");
  // Of nobody, so that nothing is asked of Google.
  box.write("key.json", JSON.stringify({ type: "service_account", client_email: "t@example.com", private_key: "" }));
});
afterAll(async () => {
  box.cleanup();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const LOADED = pathToFileURL(join(ROOT, "test/support/loaded.mjs")).href;

/** Runs a program; which packages it, its hooks and threads loaded, and how many modules in all. */
async function loadedBy(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ packages: string[]; modules: number; ran: Ran }> {
  const file = at("loaded");
  fs.writeFileSync(file, "");
  const watched = { ...box.env, ...env, MVGIT_TEST_LOADED: file, NODE_OPTIONS: `--import ${LOADED}` };
  const ran = await runProgram(program, args, { cwd: at("work"), env: watched });
  const paths = new Set(fs.readFileSync(file, "utf8").split("\n").filter(Boolean));
  const names = [...paths].flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return { packages: [...new Set(names)], modules: paths.size, ran };
}

/** What hashes, and nothing else: its package for this platform has the platform's name. */
const isHashing = (name: string): boolean => name.startsWith("@napi-rs/blake-hash");

describe("a command that needs no cloud", () => {
  it.each<[string, string, string[]]>([
    ["--version", "mvgit", ["--version"]],
    ["status", "mvgit", ["status"]],
    ["add", "mvgit", ["add", "w.bin"]],
    ["the hooks of a commit", "git", ["commit", "-qm", "first"]],
    ["push to a folder", "mvgit", ["push"]],
    ["the hooks of a push", "git", ["push", "-q", "origin", "HEAD:main"]],
    ["fetch from a folder", "mvgit", ["fetch"]],
    ["remote list", "mvgit", ["remote", "list"]],
    ["help of what names all addresses", "mvgit", ["remote", "add", "--help"]],
  ])("%s: loads no package but the one that hashes", async (_, program, args) => {
    const { packages, modules, ran } = await loadedBy(program, args);
    expect(ran.status, ran.stderr).toBe(0);
    expect(packages.filter((name) => !isHashing(name))).toEqual([]);
    expect(modules).toBeGreaterThan(0);
  });
});

interface Cloud {
  scheme: string;
  address: string;
  /** Of `mvgit-remote.NAME.PART`. */
  settings: () => Record<string, string>;
  env: Record<string, string>;
  /** What signs in there: all packages that are loaded besides are its own or nobody's cloud. */
  client: string | null;
  /** As npm is told to install what mvgit does not bring along. */
  peers: string | null;
}

const CLOUDS: Cloud[] = [
  {
    scheme: "gs://",
    address: "gs://bucket/team",
    settings: () => ({ endpoint: url, keyFile: at("key.json") }),
    env: {},
    client: "@google-cloud/storage",
    peers: null,
  },
  {
    scheme: "s3://",
    address: "s3://bucket/team",
    settings: () => ({ endpoint: url, region: "us-east-1" }),
    env: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" },
    client: "@aws-sdk/client-s3",
    peers: "@aws-sdk/client-s3@3",
  },
  {
    scheme: "az://",
    address: "az://account/container/team",
    settings: () => ({ endpoint: url }),
    env: { AZURE_STORAGE_ACCOUNT: "account", AZURE_STORAGE_KEY: Buffer.from("key").toString("base64") },
    client: "@azure/storage-blob",
    peers: "@azure/storage-blob@12.32",
  },
  {
    scheme: "ssh://",
    // Nobody listens there.
    address: "ssh://127.0.0.1:1/store",
    settings: () => ({}),
    env: {},
    client: null,
    peers: null,
  },
  { scheme: "https://", address: "http://127.0.0.1", settings: () => ({}), env: {}, client: null, peers: null },
];

/** Of a cloud, by the beginnings of their names. */
const FAMILIES: Record<string, RegExp> = {
  "gs://": /^@google-cloud|^google-auth-library$|^gaxios$/,
  "s3://": /^@aws-|^@smithy/,
  "az://": /^@azure|^@typespec/,
  "ssh://": /^ssh2/,
};

it("every driver of a place elsewhere is looked at", () => {
  const schemes = DRIVERS.flatMap(({ scheme }) => scheme ?? []);
  expect(CLOUDS.map(({ scheme }) => scheme).toSorted()).toEqual(schemes.toSorted());
});

describe.each(CLOUDS)("an address with $scheme", (cloud) => {
  const { scheme, address, settings, env, client, peers } = cloud;
  const given = (): string[] =>
    Object.entries({ url: address, ...settings() }).flatMap(([part, value]) => [
      "-c",
      `mvgit-remote.cloud.${part}=${value}`,
    ]);
  /** Variables that say the same as `git -c`. */
  const asVariables = (): Record<string, string> => {
    const pairs = given()
      .filter((word) => word !== "-c")
      .map((word) => /^([^=]+)=(.*)$/s.exec(word) as RegExpExecArray);
    const all = [["mvgit.remote", "cloud"], ...pairs.map(([, key, value]) => [key as string, value as string])];
    return Object.fromEntries([
      ["GIT_CONFIG_COUNT", String(all.length)],
      ...all.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ]) as Record<string, string>;
  };

  it("loads its own client, and no other cloud's", async () => {
    const { packages, ran } = await loadedBy("mvgit", ["doctor", "--remote"], { ...env, ...asVariables() });
    expect(ran.status, ran.stderr).toBe(1);
    if (client !== null) expect(packages, ran.stdout).toContain(client);
    for (const [other, names] of Object.entries(FAMILIES))
      if (other !== scheme) expect(packages.filter((name) => names.test(name))).toEqual([]);
  });

  it("needs nothing more, or names the one command that installs it", async () => {
    const bin = withoutPeers();
    const { status, stdout } = await runProgram(process.execPath, [bin, "doctor", "--remote"], {
      cwd: at("work"),
      env: { ...box.env, ...env, ...asVariables() },
    });
    expect(status).toBe(1);
    if (peers === null) {
      expect(stdout).not.toContain("npm install");
      return;
    }
    expect(stdout).toContain(`run 'npm install --prefix "${at("project")}" ${peers}'`);
    expect(stdout).toContain(`needs '${/^.[^@]+/.exec(peers)?.[0]}'`);
  });
});

/** The program as npm installs it for somebody who installed nothing else. */
function withoutPeers(): string {
  const modules = at("project/node_modules");
  if (!fs.existsSync(modules)) {
    const { dependencies, files } = JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8"));
    fs.mkdirSync(join(modules, "mvgit"), { recursive: true });
    fs.writeFileSync(at("project/package.json"), "{}");
    for (const name of [...(files as string[]), "package.json"].filter((each) => fs.existsSync(join(ROOT, each))))
      fs.cpSync(join(ROOT, name), join(modules, "mvgit", name), { recursive: true });
    for (const name of Object.keys(dependencies as object)) {
      fs.mkdirSync(join(modules, name, ".."), { recursive: true });
      fs.symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
  }
  return join(modules, "mvgit/bin/mvgit");
}
