/** Commands stand where somebody looks for them, and a start reads none that it does not run. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { importsOf, parseFile } from "../../.ci/sources.mjs";
import { allCommands } from "../../src/cli/commands.ts";
import { ROOT } from "../support/cli.ts";

const COMMANDS = "src/cli/commands";

/** Every file that is read when `entry` is: imports of types are nothing, and those by `import()` come later. */
function readWith(entry: string): string[] {
  const seen = new Set<string>();
  const next = [entry];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const imports = importsOf(parseFile(path)).filter(({ isLazy, isType }) => !isLazy && !isType);
    next.push(...imports.map(({ to }) => to));
  }
  return [...seen];
}

it("every command has a file of its name in one family, and no file there is anything else", () => {
  const files = readdirSync(join(ROOT, COMMANDS), { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .flatMap(({ name }) => readdirSync(join(ROOT, COMMANDS, name)));
  const named = allCommands().map(({ name }) => `${name.replace(" ", "-")}.ts`);
  expect(files.toSorted()).toEqual(named.toSorted());
});

it("a start reads the tables of commands and none of the commands", () => {
  const read = readWith("src/cli/main.ts");
  expect(read).toContain(`${COMMANDS}/files.ts`);
  expect(read.filter((path) => path.startsWith(`${COMMANDS}/`)).map((path) => basename(path))).toHaveLength(4);
  expect(read.filter((path) => !/^src\/(base|values|cli)\//.test(path))).toEqual([]);
});

it("a hook starts without the command line", () => {
  const read = readWith("src/hook/main.ts");
  expect(read.length).toBeGreaterThan(10);
  expect(read.filter((path) => path.startsWith("src/cli/"))).toEqual([]);
});
