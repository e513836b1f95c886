/** What makes room takes a name that is free, and the name is told. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
beforeAll(async () => {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
  box.write("work/ds/a", "a");
  await box.mv("work", ["add", "w.bin", "ds"]);
  await box.git("work", ["commit", "-qm", "one"]);
  box.write("elsewhere", "elsewhere");
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

const at = (path: string): string => join(box.dir, path);

describe("checkout --force moves a link aside", () => {
  it.each(["w.bin", "ds"])("of '%s': under the first free name, whatever has the others", async (name) => {
    fs.rmSync(at(`work/${name}`), { recursive: true });
    fs.symlinkSync(at("elsewhere"), at(`work/${name}`));
    box.write(`work/${name}.before-checkout`, "mine");
    // One that leads nowhere takes a name as well.
    fs.symlinkSync("nowhere", at(`work/${name}.before-checkout-2`));
    const { stdout } = await box.mv("work", ["checkout", "--force"]);
    expect(stdout).toContain(`moved the link '${name}' to ${at(`work/${name}.before-checkout-3`)}`);
    expect(fs.readlinkSync(at(`work/${name}.before-checkout-3`))).toBe(at("elsewhere"));
    expect(fs.readlinkSync(at(`work/${name}.before-checkout-2`))).toBe("nowhere");
    expect(box.read(`work/${name}.before-checkout`).toString()).toBe("mine");
    expect(box.read("elsewhere").toString()).toBe("elsewhere");
    expect((await box.mv("work", ["status"])).stdout).toContain("2 tracked paths, all clean");
  });
});

it("a hook that makes room for ours leaves those that did before, also a link that leads nowhere", async () => {
  const hook = "work/.git/hooks/pre-push";
  box.write(hook, "#!/bin/sh\necho mine\n");
  fs.chmodSync(at(hook), 0o755);
  fs.symlinkSync("nowhere", at(`${hook}.before-mvgit`));
  await box.mv("work", ["hooks", "install"]);
  expect(fs.readlinkSync(at(`${hook}.before-mvgit`))).toBe("nowhere");
  expect(box.read(`${hook}.before-mvgit-2`).toString()).toContain("echo mine");
});

it("what a killed command had moved aside: bytes that the cache has go, others are kept and told", async () => {
  const left = (pid: number, name: string): string => `work/.git/mvgit/tmp/aside.${host}.${pid}.${name}`;
  const host = fs
    .readFileSync("/proc/sys/kernel/hostname", "utf8")
    .trim()
    .replace(/[^A-Za-z0-9-]/g, "-");
  box.write(left(999_999_999, "0000000000000001"), "weights");
  box.write(left(999_999_999, "0000000000000002"), "in no store");
  const { stderr } = await box.mv("work", ["checkout"]);
  const hash = /cat --hash ([0-9a-f]+)/.exec(stderr)?.[1] as string;
  expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("in no store");
  expect(fs.readdirSync(at("work/.git/mvgit/tmp")).filter((name) => name.startsWith("aside."))).toEqual([]);
});
