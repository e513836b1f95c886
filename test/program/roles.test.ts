/** Which of the interpreters that a command ran its program ran in. */
import { expect, it } from "vitest";
import { ranElsewhere } from "../../src/versions/run/environment/elsewhere.ts";
import { byRole } from "../../src/versions/run/environment/roles.ts";
import type { Sighting } from "../../src/program/processes/watch.ts";

const TOP = "/project";
const sight = (
  prefix: string,
  argv: string[],
  [first, last]: [number, number],
  more: Partial<Sighting> = {},
): Sighting & { prefix: string } => ({
  pid: 1,
  parent: null,
  exe: `${prefix}/bin/python3`,
  argv: ["python", ...argv],
  env: {},
  cwd: TOP,
  isElsewhere: false,
  first,
  last,
  libraries: new Set(),
  prefix,
  ...more,
});
const roles = (...sightings: Sighting[]): string[] =>
  byRole(sightings, { top: TOP, prefixOf: (each) => (each as Sighting & { prefix: string }).prefix }).map(
    ({ sighting, role, isTool }) =>
      `${role}${isTool ? " tool" : ""} ${(sighting as Sighting & { prefix: string }).prefix}`,
  );

it("the one that runs a script of the work tree, however long the tools around it live", () => {
  const poetry = sight("/opt/poetry", ["/opt/poetry/bin/poetry", "run"], [0, 100]);
  const asked = sight("/project/.venv", ["-Ic", "import sys"], [1, 2], { parent: poetry });
  const program = sight("/project/.venv", ["train.py"], [10, 20], { parent: poetry });
  expect(roles(poetry, asked, program)).toEqual([
    "program /project/.venv",
    "helper tool /opt/poetry",
    "helper tool /project/.venv",
  ]);
});

it("of several programs each, the one that another starts before the one that starts it, then the longer", () => {
  const launcher = sight("/usr", ["launch.py"], [0, 100]);
  const short = sight("/a", ["prepare.py"], [1, 5], { parent: launcher });
  const long = sight("/b", ["sub/train.py"], [5, 90], { parent: launcher });
  expect(roles(launcher, short, long)).toEqual(["program /b", "program /a", "program /usr"]);
});

it("what is installed in the work tree is no code of it: the longest then counts", () => {
  const tool = sight("/project/.venv", ["/project/.venv/bin/mytool"], [0, 10]);
  const other = sight("/usr", ["/usr/bin/thing"], [0, 50]);
  expect(roles(tool, other)).toEqual(["program /usr", "helper /project/.venv"]);
  expect(roles(tool)).toEqual(["program /project/.venv"]);
});

it("where only tools ran, the longest of them", () => {
  expect(roles(sight("/a", ["-m", "pip", "list"], [0, 5]), sight("/b", ["-m", "pip", "list"], [0, 6]))).toEqual([
    "program tool /b",
    "helper tool /a",
  ]);
  expect(roles()).toEqual([]);
});

it.each([
  [
    ["docker", "run", "--rm", "-it", "-v", "/a:/b", "--gpus=all", "org/train:1.2@sha256:0", "python"],
    "'docker' ran in a container of the image 'org/train:1.2@sha256:0': its environment was not seen",
  ],
  [
    ["/usr/bin/podman", "exec", "-i", "box", "python"],
    "'podman' ran in a container ('box'): its environment was not seen",
  ],
  [["docker", "compose", "run", "train"], "'docker' ran in a container: its environment was not seen"],
  [
    ["srun", "-n", "4", "python", "train.py"],
    "'srun' runs its program elsewhere: what its environment is was not seen",
  ],
  [["docker", "ps"], null],
  [["python", "docker", "run"], null],
  [[], null],
])("%j", (argv, expected) => {
  expect(ranElsewhere(argv)).toBe(expected);
});
