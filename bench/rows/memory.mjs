/** The most memory that a command has: not its speed, so one run of each. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

/** Rows of the peak of each command, for one large file and for a folder of a million. */
export function memory(bench) {
  const bytes = (bench.quick ? 256 : 2048) * 1024 * 1024;
  const count = bench.quick ? 100_000 : 1_000_000;
  const row = (work, most, side) => ({
    work: `memory: ${work}`,
    goal: ["MiB", most],
    unit: "MiB",
    runs: 1,
    sides: { mvgit: side },
  });
  const clone = (name) => () =>
    bench.run(
      ".",
      `git -C ${name} commit -qm x && git clone -q ${name} ${name}-clone && cd ${name}-clone && mvgit remote ` +
        `add store ../${name}.store`,
    );
  const remove = (...names) => names.forEach((each) => rmSync(bench.path(each), { recursive: true, force: true }));
  const life = (name, what, { most, make }) => [
    row(`add ${what}`, most, { in: name, command: "mvgit add data", before: make }),
    row(`status of ${what}`, most, { in: name, command: "mvgit status" }),
    row(`push ${what}`, most, { in: name, command: "mvgit push" }),
    row(`pull ${what}`, most, { in: `${name}-clone`, command: "mvgit pull", before: clone(name) }),
    row(`checkout of ${what}`, most, {
      in: `${name}-clone`,
      command: "mvgit checkout",
      before: () => remove(`${name}-clone/data`),
      after: () => remove(name, `${name}.store`, `${name}-clone`),
    }),
  ];
  const big = () => (bench.repository("heavy"), bench.bigFile("heavy/data", bytes));
  const million = () => {
    bench.repository("crowd");
    for (let d = 0; d < count / 1000; d++) {
      mkdirSync(bench.path("crowd/data", `d${d}`), { recursive: true });
      // Twenty names for the same bytes, so that the stores hold fewer files than the folder.
      for (let i = 0; i < 1000; i++) writeFileSync(bench.path("crowd/data", `d${d}/f${i}`), `${d} ${i % 50}`);
    }
  };
  return [
    ...life("heavy", bench.quick ? "a file of 256 MiB" : "a file of 2 GiB", { most: 200, make: big }),
    ...life("crowd", `a folder of ${count.toLocaleString("en")} files`, { most: 300, make: million }),
  ];
}
