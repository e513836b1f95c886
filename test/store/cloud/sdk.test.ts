/** A vendor's client that is not installed: which one command installs it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { installedIn, loadSdk } from "../../../src/store/cloud/sdk.ts";

describe("a client that is an optional peer", () => {
  it("is what was imported", async () => {
    expect(await loadSdk(async () => 1, "x://Y", ["y"])).toBe(1);
  });

  it("is named with the command that installs it", async () => {
    const load = () => import("@nobody/has-this" as string);
    await expect(loadSdk(load, "x://Y", ["@nobody/has-this@3", "other@1.2"])).rejects.toMatchObject({
      code: "not-supported",
      message: "'x://Y' needs '@nobody/has-this' and 'other', which mvgit does not bring along",
      hint: "run 'npm install --global @nobody/has-this@3 other@1.2'",
    });
  });

  it("goes beside mvgit: into the project that has it, else among the global packages", () => {
    const folder = mkdtempSync(join(tmpdir(), "mvgit-sdk-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "node_modules/mvgit/dist/sdk.js");
    mkdirSync(join(folder, "node_modules/mvgit/dist"), { recursive: true });
    expect(installedIn(file)).toBe("--global");
    writeFileSync(join(folder, "package.json"), "{}");
    expect(installedIn(file)).toBe(`--prefix "${folder}"`);
  });

  it("passes on what is wrong inside of it", async () => {
    const load = () => Promise.reject(new TypeError("broken"));
    await expect(loadSdk(load, "x://Y", ["y"])).rejects.toThrow(TypeError);
  });
});
