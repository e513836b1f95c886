/** A team on a server that is reached by SSH, and on nothing else of it than SFTP. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findOnPath } from "../../src/program/find.ts";
import { BIN, hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";
import { HAS_SSHD, type Sshd, startSshd } from "../support/sshd.ts";

describe.skipIf(!HAS_SSHD)(`a server of SSH${HAS_SSHD ? "" : ", which is not installed here"}`, () => {
  let sshd: Sshd;
  let box: Sandbox;
  const store = (): string => join(box.dir, "server");
  beforeAll(async () => {
    sshd = await startSshd("ForceCommand internal-sftp\n");
  });
  afterAll(() => sshd?.stop());
  beforeEach(async () => {
    sshd.settings("");
    box = await makeSandbox({ inProcess: true });
    Object.assign(box.env, sshd.env);
    fs.mkdirSync(store());
    await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
    await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
    await box.mv("work", ["remote", "add", "team", sshd.address(store())]);
  });
  afterEach(() => box.cleanup());

  it("is pushed to, cloned and pulled from, and is a folder remote for who works there", async () => {
    const weights = someBytes(5_000_000);
    box.write("work/w.bin", weights);
    for (let i = 0; i < 90; i++) box.write(`work/data/${i}`, `row ${i}`);
    await box.mv("work", ["add", "w.bin", "data"]);
    await box.git("work", ["add", "-A"]);
    await box.git("work", ["commit", "-qm", "one"]);
    expect((await box.mv("work", ["push"])).stdout).toContain("pushed 93 blobs");
    expect((await box.mv("work", ["push"])).stdout).toContain("nothing new to push");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    expect((await box.mv("clone", ["pull"], 1)).stderr).toContain("needs your consent");
    await box.mv("clone", ["remote", "add", "team", sshd.address(store()), "--local"]);
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/w.bin").equals(weights)).toBe(true);
    await box.mv("clone", ["remote", "add", "near", store()]);
    expect((await box.mv("clone", ["fsck", "--remote=near"])).stdout).toContain("93 blobs");
    const doctor = (await box.mv("work", ["doctor", "--remote"], -1)).stdout;
    expect(doctor).toMatch(/identity: \S+ at 127\.0\.0\.1, port \d+/);
    expect(doctor).toMatch(
      /names that are taken are refused: yes\n.*a file is replaced in one step: yes\n.*what is written is flushed: yes/,
    );
    expect((await box.mv("work", ["gc", "--remote", "--offline"])).stdout).toContain("removed 0 blobs");
    expect(fs.readdirSync(join(store(), "tmp"))).toEqual([]);
  });

  it("keeps what a killed push brought, and the next one goes on", async () => {
    box.write("work/w.bin", someBytes(80_000_000));
    await box.mv("work", ["add", "w.bin"]);
    const child = spawn(process.execPath, [join(BIN, "mvgit"), "push"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    const uploads = join(box.dir, "work/.git/mvgit/uploads");
    const isNoted = (): boolean =>
      fs.existsSync(uploads) && fs.readdirSync(uploads).some((name) => name.startsWith("part."));
    while (child.exitCode === null && !isNoted()) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);
    const [half = ""] = fs.readdirSync(join(store(), "tmp"));
    expect(half).toMatch(/^part\./);
    const made = fs.statSync(join(store(), "tmp", half)).birthtimeMs;
    expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
    const [blob = ""] = fs
      .readdirSync(join(store(), "blobs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.includes("/"));
    expect(fs.statSync(join(store(), "blobs", blob)).birthtimeMs).toBe(made);
    expect([fs.readdirSync(join(store(), "tmp")), fs.readdirSync(uploads)]).toEqual([[], []]);
    expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("1 blob");
  });

  it("that is cut in the middle is gone on with", async () => {
    const weights = someBytes(40_000_000);
    box.write("work/w.bin", weights);
    await box.mv("work", ["add", "w.bin"]);
    let cuts = 0;
    const cutting = setInterval(() => {
      const under = join(store(), "tmp");
      if (cuts > 0 || !fs.existsSync(under) || fs.readdirSync(under).length === 0) return;
      cuts++;
      sshd.cut();
    }, 5);
    expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
    clearInterval(cutting);
    expect(cuts).toBe(1);
    expect((await box.mv("work", ["fsck", "--remote"])).stdout).toContain("1 blob");
  });

  it.each([
    ["a key that the server does not know", () => "PubkeyAuthentication no\n", "refuses your keys", "ssh-add"],
    ["a host that is not known", () => "UserKnownHostsFile none\n", "key is not known here", "once"],
    ["a key of a host that is another one", other, "is not the one that is known", "somebody may stand between"],
    ["settings that ssh does not understand", () => "Nonsense yes\n", "bad configuration", "see whether"],
  ])("%s is told, and nobody is asked", async (_, settings, message, hint) => {
    box.write("work/w.bin", "weights");
    await box.mv("work", ["add", "w.bin"]);
    sshd.settings(settings());
    const { stderr } = await box.mv("work", ["push"], -1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).toContain(`'ssh -p ${sshd.port} `);
  });

  function other(): string {
    const known = join(sshd.dir, "changed");
    fs.writeFileSync(known, `[127.0.0.1]:${sshd.port} ${fs.readFileSync(join(sshd.dir, "user.pub"), "utf8")}`);
    return `UserKnownHostsFile ${known}\n`;
  }

  it("says what is needed where there is no ssh", async () => {
    fs.mkdirSync(join(box.dir, "git"));
    fs.symlinkSync(findOnPath("git", process.env) ?? "", join(box.dir, "git", "git"));
    box.write("work/w.bin", "weights");
    await box.mv("work", ["add", "w.bin"]);
    box.env["PATH"] = join(box.dir, "git");
    const { stderr } = await box.mv("work", ["push"], 1);
    expect(stderr).toContain("needs OpenSSH's program 'ssh', which is not on PATH");
  });
});
