import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { display } from "../../src/base/paths.ts";
import { quoted, shellCommand, shellName } from "../../src/base/shell.ts";

const NAMES = [
  "plain.bin",
  "a b",
  "it's",
  'say "x"',
  "$HOME",
  "`id`",
  "a\nb",
  "tab\there1",
  "\u001b[31m7",
  "é\u200b2",
  "back\\slash\n'",
  "-dash",
  "~",
  "*",
  "!x",
  "日本.bin",
];

function echoed(shell: string, word: string): string {
  return spawnSync(shell, ["-c", `printf %s ${word}`], { env: { LC_ALL: "C" } }).stdout.toString();
}

describe("shellName", () => {
  it.each(NAMES.filter((name) => display(name) === name))("is one word of any shell: %j", (name) => {
    expect(echoed("/bin/sh", shellName(name))).toBe(name.startsWith("-") ? `./${name}` : name);
  });

  it.skipIf(!existsSync("/bin/bash")).each(NAMES)(
    "is one word of bash, and safe to show (skipped without bash): %j",
    (name) => {
      expect(echoed("/bin/bash", shellName(name))).toBe(name.startsWith("-") ? `./${name}` : name);
      expect(display(shellName(name))).toBe(shellName(name));
    },
  );
});

describe("shellCommand", () => {
  it("is the command as it was typed where that is safe: '--config' stays '--config'", () => {
    expect(shellCommand(["python", "train.py", "--config", "-x", "a=1", "+b=2", "~c"])).toBe(
      "python train.py --config -x a=1 +b=2 '~c'",
    );
    expect(shellCommand(["A=1", ""])).toBe("'A=1' ''");
    expect(shellCommand(["if", "if"])).toBe("'if' if");
  });

  const word = fc
    .oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.string({ unit: "binary-ascii", maxLength: 8 }),
      fc.constantFrom(
        "--config",
        "-",
        "--",
        "-n",
        "it's",
        "'",
        "''",
        '"',
        "\\",
        "$HOME",
        "${A}",
        "`id`",
        "a\nb",
        "*",
        "~",
        "=x",
        "!x",
        "#",
        ";",
        "&&",
        "a=b",
        "{a,b}",
        "if",
        "\u001b[31m",
        "é\u200b",
      ),
    )
    .filter((each) => !each.includes("\0") && Buffer.from(each).toString() === each);
  const back = (shell: string, commands: readonly (readonly string[])[]): string[] => {
    const script = commands
      .map((each) => `set -- ${shellCommand(["x", ...each])}; shift; printf '%s\\0' "$#" "$@"`)
      .join("\n");
    return spawnSync(shell, ["-s"], { input: script, env: { LC_ALL: "C" } })
      .stdout.toString()
      .split("\0")
      .slice(0, -1);
  };
  const many = fc.array(fc.array(word, { maxLength: 6 }), { minLength: 200, maxLength: 200 });

  it("is read back by any shell as the words that it was made of", () => {
    const shown = many.map((commands) => commands.map((words) => words.filter((each) => display(each) === each)));
    fc.assert(
      fc.property(
        shown,
        (commands) =>
          void expect(back("/bin/sh", commands)).toEqual(commands.flatMap((words) => [String(words.length), ...words])),
      ),
      { numRuns: 5 },
    );
  });

  it.skipIf(!existsSync("/bin/bash"))(
    "is read back by bash whatever is in it, and safe to show (skipped without bash)",
    () => {
      fc.assert(
        fc.property(many, (commands) => {
          expect(back("/bin/bash", commands)).toEqual(commands.flatMap((words) => [String(words.length), ...words]));
          for (const words of commands) expect(display(shellCommand(words))).toBe(shellCommand(words));
        }),
        { numRuns: 5 },
      );
    },
  );

  it("begins with the program, whatever a shell would take that word for", () => {
    for (const name of ["A=1", "A+=1", "if", "then", "while", "{", "!", "time", "function"]) {
      const { stderr } = spawnSync("/bin/sh", ["-c", shellCommand([name, "x"])], {
        env: { LC_ALL: "C", PATH: "/nonexistent" },
      });
      expect(stderr.toString(), name).toContain("not found");
    }
  });
});

it("quoted is one word of any shell", () => {
  for (const name of NAMES) expect(echoed("/bin/sh", quoted(name))).toBe(name);
});
