/** What people type to do something with a version. */
import { describe, expect, it } from "vitest";
import type { ModelName } from "../../src/values/label.ts";
import { commandsOf } from "../../src/values/version-commands.ts";

describe("commands for a version", () => {
  const of = { model: "spam" as ModelName, version: 3, from: 2, wasRun: true, signed: true };

  it("can be typed as they are", () => {
    const lines = commandsOf({ ...of, stages: ["staging"], repository: "https://host/a b.git" }).map(
      ({ line }) => line,
    );
    expect(lines).toContain("mvgit get 'https://host/a b.git' spam@v3 -o spam");
    expect(lines).toContain("mvgit promote spam@v3 staging -m 'why'");
    expect(lines).toContain("mvgit compare spam@v2 spam@v3");
    expect(lines).toContain("mvgit reproduce spam@v3");
    expect(lines).toContain("git verify-tag spam@v3");
  });

  it("are those that the version can be asked for", () => {
    const bare = { ...of, from: null, wasRun: false, signed: false, stages: [], repository: null };
    const lines = commandsOf(bare).map(({ line }) => line);
    expect(lines.filter((line) => /reproduce|compare|verify-tag/.test(line))).toEqual([]);
    expect(lines).toContain("mvgit get REPOSITORY spam@v3 -o spam");
    expect(lines).toContain("mvgit promote spam@v3 production -m 'why'");
  });
});
