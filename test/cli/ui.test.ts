/** `mvgit ui` as a program: what it prints, whom it starts, and how it ends. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { makeVersion } from "../support/versions.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
  await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version: 1 });
});
afterAll(() => box.cleanup());

interface Running {
  /** All of stdout, once there is a line of it. */
  first: Promise<string>;
  stderr(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function start(
  args: readonly string[],
  { folder = "work", env = {} }: { folder?: string; env?: object } = {},
): Running {
  const child = spawn(process.execPath, [join(BIN, "mvgit"), "ui", ...args], {
    cwd: join(box.dir, folder),
    env: { ...hermeticEnv(box.dir), ...box.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const first = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.endsWith("\n")) resolve(out);
    });
    child.on("close", () => reject(new Error(err)));
  });
  first.catch(() => undefined);
  return {
    first,
    stderr: () => err,
    end: (signal) =>
      new Promise((resolve) => {
        child.on("close", resolve);
        child.kill(signal);
      }),
  };
}

it("prints one document with the address, serves on, and ends with Ctrl-C", async () => {
  const ui = start(["--json", "--no-open", "spam@v1"]);
  const report = JSON.parse(await ui.first) as { address: string; port: number };
  expect(report).toMatchObject({ mvgit: 1, command: "ui", moves: false });
  expect(report.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/#\/spam@v1$/);
  const other = start(["--no-open"]);
  expect(await other.first).not.toContain(`:${report.port}/`);
  const answer = await fetch(new URL("data/show/spam@v1.json", report.address));
  expect(await answer.json()).toMatchObject({ label: "spam@v1" });
  const taken = start(["--no-open", "--port", String(report.port)]);
  await expect(taken.first).rejects.toThrow(`port ${report.port} cannot be used: it is taken`);
  expect([await ui.end("SIGINT"), await other.end("SIGTERM")]).toEqual([0, 0]);
});

it("gives a browser's arguments a link that works once, and never the address", async () => {
  const browser = join(box.dir, "browser");
  fs.writeFileSync(
    browser,
    `#!/bin/sh\necho "$@" >'${box.dir}/opened.new'; mv '${box.dir}/opened.new' '${box.dir}/opened'\n`,
    { mode: 0o755 },
  );
  const ui = start(["spam"], { env: { BROWSER: `none:${browser} --new %s`, SSH_CONNECTION: "x" } });
  const address = (await ui.first).trim();
  while (!fs.existsSync(join(box.dir, "opened"))) await new Promise((resolve) => setTimeout(resolve, 20));
  const [flag = "", link = ""] = fs.readFileSync(join(box.dir, "opened"), "utf8").trim().split(" ");
  expect([flag, address.includes(new URL(link).pathname)]).toEqual(["--new", false]);
  const led = await fetch(link, { redirect: "manual" });
  expect([led.status, led.headers.get("location")]).toEqual([303, address]);
  await ui.end("SIGTERM");
});

it("tells how to reach it from elsewhere", async () => {
  const ui = start([], { env: { SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" } });
  const { port } = new URL(await ui.first);
  while (!ui.stderr().includes("\n")) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ui.stderr()).toContain(`ssh -N -L ${port}:127.0.0.1:${port} HOST`);
  await ui.end("SIGTERM");
});

it("shows a bare repository, and nothing where there is none", async () => {
  const bare = start(["--no-open"], { folder: "host.git" });
  const address = await bare.first;
  expect((await fetch(new URL("data/stages.json", address))).status).toBe(200);
  expect((await fetch(new URL("data/runs.json", address))).status).toBe(404);
  await bare.end("SIGTERM");
  await expect(start(["--no-open"], { folder: "." }).first).rejects.toThrow("not a git repository");
});
