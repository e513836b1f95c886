/** What the real DVC pushed to a cloud, imported from there, where DVC is: MVGIT_DVC or `dvc` on PATH. */
import * as fs from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startAzurite } from "../support/azurite.ts";
import { runProgram } from "../support/cli.ts";
import { findProgram } from "../support/foreign.ts";
import { HAS_SSHD, startSshd } from "../support/sshd.ts";
import { NO_VERSITYGW, S3_KEYS, startVersitygw, VERSITYGW } from "../support/versitygw.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";

const dvc = findProgram("dvc", "MVGIT_DVC");
let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.env["PATH"] = [dirname(dvc ?? ""), process.env["PATH"]].join(delimiter);
  box.env["DVC_NO_ANALYTICS"] = "1";
});
afterEach(() => box.cleanup());

interface Cloud {
  /** As DVC writes it. */
  url: string;
  /** What `dvc remote modify --local` is told. */
  options: Record<string, string>;
  /** What signs mvgit in. */
  env: Record<string, string>;
  close(): Promise<void>;
}

async function azure(): Promise<Cloud> {
  const server = await startAzurite("--skipApiVersionCheck");
  const connection = server.connection();
  return {
    url: `azure://${await server.container()}/team/dvc`,
    options: { connection_string: connection },
    env: { AZURE_STORAGE_CONNECTION_STRING: connection },
    close: () => server.close(),
  };
}

async function s3(): Promise<Cloud> {
  const versity = await startVersitygw();
  return {
    url: `s3://${await versity.makeBucket()}/team/dvc`,
    options: {
      endpointurl: versity.url,
      region: "us-east-1",
      access_key_id: S3_KEYS.AWS_ACCESS_KEY_ID,
      secret_access_key: S3_KEYS.AWS_SECRET_ACCESS_KEY,
    },
    env: S3_KEYS,
    close: () => versity.close(),
  };
}

async function server(): Promise<Cloud> {
  const sshd = await startSshd();
  return {
    url: sshd.address(join(sshd.dir, "dvc")),
    options: { keyfile: join(sshd.dir, "user") },
    env: sshd.env,
    close: async () => sshd.stop(),
  };
}

async function run(args: readonly string[]): Promise<void> {
  const ran = await runProgram(dvc as string, args, { cwd: join(box.dir, "work"), env: box.env });
  expect(ran.status, `dvc ${args.join(" ")}: ${ran.stdout}${ran.stderr}`).toBe(0);
}

const CLOUDS: [string, () => Promise<Cloud>, boolean][] = [
  [`S3${NO_VERSITYGW}`, s3, VERSITYGW !== null],
  ["Azure", azure, true],
  [`a server${HAS_SSHD ? "" : " (skipped: no sshd and ssh here)"}`, server, HAS_SSHD],
];

it.skipIf(dvc === null).each(CLOUDS)(
  `what DVC pushed comes from %s${dvc === null ? " (skipped: no dvc on PATH, nor in MVGIT_DVC)" : ""}`,
  async (_, start, isHere) => {
    if (!isHere) return;
    const weights = someBytes(9_000_000);
    const files = { "a.csv": "1\r\n", "sub/é ü.csv": "2\n", "sub/empty": "" };
    box.write("work/weights.bin", weights);
    for (const [path, text] of Object.entries(files)) box.write(`work/data/${path}`, text);
    const cloud = await start();
    try {
      await run(["init", "-q"]);
      await run(["add", "-q", "data", "weights.bin"]);
      await run(["remote", "add", "-q", "--local", "-d", "cloud", cloud.url]);
      for (const [name, value] of Object.entries(cloud.options))
        await run(["remote", "modify", "-q", "--local", "cloud", name, value]);
      await run(["push", "-q"]);
      await box.git("work", ["add", "-A"]);
      await box.git("work", ["commit", "-qm", "DVC"]);
      // As in a clone that never pulled.
      for (const path of [".dvc/cache", "data", "weights.bin"])
        fs.rmSync(join(box.dir, "work", path), { recursive: true });
      Object.assign(box.env, cloud.env);
      await box.mv("work", ["import", "dvc", "--commit"]);
      await box.mv("work", ["checkout"]);
      expect(box.read("work/weights.bin").equals(weights)).toBe(true);
      for (const [path, text] of Object.entries(files)) expect(box.read(`work/data/${path}`).toString()).toBe(text);
    } finally {
      await cloud.close();
    }
  },
  300_000,
);
