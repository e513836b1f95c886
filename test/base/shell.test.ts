import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { display } from "../../src/base/paths.ts";
import { quoted, shellName } from "../../src/base/shell.ts";

const NAMES = ["plain.bin", "a b", "it's", 'say "x"', "$HOME", "`id`", "a\nb", "tab\there1", "\u001b[31m7", "é\u200b2", "back\\slash\n'", "-dash", "~", "*", "!x", "日本.bin"];

function echoed(shell: string, word: string): string {
  return spawnSync(shell, ["-c", `printf %s ${word}`], { env: { LC_ALL: "C" } }).stdout.toString();
}

describe("shellName", () => {
  it.each(NAMES.filter((name) => display(name) === name))("is one word of any shell: %j", (name) => {
    expect(echoed("/bin/sh", shellName(name))).toBe(name.startsWith("-") ? `./${name}` : name);
  });

  it.skipIf(!existsSync("/bin/bash")).each(NAMES)("is one word of bash, and safe to show (skipped without bash): %j", (name) => {
    expect(echoed("/bin/bash", shellName(name))).toBe(name.startsWith("-") ? `./${name}` : name);
    expect(display(shellName(name))).toBe(shellName(name));
  });
});

it("quoted is one word of any shell", () => {
  for (const name of NAMES) expect(echoed("/bin/sh", quoted(name))).toBe(name);
});
