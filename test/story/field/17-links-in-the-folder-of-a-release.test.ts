/** A commit can bring the folder in which `get` and `export` keep what is their own: they are led nowhere by it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { filesOf, makeDeployment } from "../../support/deployment.ts";
import { runProgram } from "../../support/cli.ts";
import type { Sandbox } from "../../support/sandbox.ts";

const STATE = "rel/.mvgit-release";
const OLD = `${STATE}/r-0123456789abcdef`;
const PRIVATE = { id_rsa: "private", "sub/key": "private too" };
let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

beforeAll(async () => {
  box = await makeDeployment(1, { inProcess: true });
});
afterAll(() => box.cleanup());
beforeEach(() => {
  for (const folder of ["rel", "private"]) fs.rmSync(at(folder), { recursive: true, force: true });
  for (const [path, text] of Object.entries(PRIVATE)) box.write(`private/${path}`, text);
});

function link(path: string, goal = at("private")): void {
  fs.mkdirSync(join(at(path), ".."), { recursive: true });
  fs.symlinkSync(goal, at(path));
}

describe("a link is refused, and what it leads to stays as it is:", () => {
  it.each([
    ["the files of a release that is to go", `${OLD}/files`],
    ["a release", OLD],
    ["blobs", `${STATE}/blobs`],
    ["a shelf of blobs", `${STATE}/blobs/ab`],
    ["temporary files", `${STATE}/tmp`],
    ["all of it", STATE],
  ])("%s", async (_, path) => {
    link(path);
    if (path.startsWith(`${OLD}/`)) {
      box.write(`${OLD}/receipt.json`, "{}");
      box.write(`${OLD}/own`, "x\0");
    }
    for (const command of [
      ["export", "spam@v1", "-o", "../rel"],
      ["get", at("host.git"), "spam@v1", "-o", "../rel"],
    ]) {
      const { stderr } = await box.mv("work", command, -1);
      expect(stderr).toMatch(/is a link, or no folder|which mvgit did not put there/);
      expect(filesOf(at("private"))).toEqual(PRIVATE);
    }
  });
});

it.each([
  ["nothing", "/nonexistent"],
  ["bytes without an end", "/dev/zero"],
])("a lock that is a link to %s holds nobody up", async (_, goal) => {
  link(`${STATE}/lock`, goal);
  const program = [process.execPath, join(import.meta.dirname, "../../../bin/mvgit")];
  const args = [...program, "export", "spam@v1", "-o", "../rel"];
  const ran = await runProgram("timeout", ["-s", "KILL", "60", ...args], { cwd: at("work"), env: box.env });
  expect(ran.stderr).toContain("is a link, or no folder");
  expect(ran.status).toBe(1);
});
