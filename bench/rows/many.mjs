/** One folder of many small files. */
import { writeFileSync } from "node:fs";

/** Rows of a folder of 20,000 files, in the order of its life. */
export function many(bench) {
  const count = bench.quick ? 2000 : 20_000;
  const files = () => bench.once("data", () => bench.manyFiles("data", count));
  const added = () =>
    bench.once("many", () => {
      files();
      bench.repository("many");
      bench.run("many", "cp -r ../data . && sleep 0.1 && mvgit add data && git commit -qm x && mvgit push");
    });
  const addedToDvc = () =>
    bench.once("many-dvc", () => {
      files();
      bench.dvcRepository("many-dvc");
      bench.run("many-dvc", "cp -r ../data . && dvc add -q data && dvc status -q");
    });
  const copy = { command: "cp -r data copy && sync -f copy", before: files, after: () => bench.discard("copy") };
  const change = (name, make) => (run) => (
    make(),
    writeFileSync(bench.path(name, "data/d1/f1"), `changed ${run}`),
    bench.run(".", "sleep 0.1")
  );
  const clone = (command) => ({
    in: "clone",
    before: () => (
      added(),
      bench.run(".", `git clone -q many clone && cd clone && mvgit remote add store ../many.store && ${command}`)
    ),
    after: () => bench.discard("clone"),
  });
  return [
    {
      work: `add a folder of ${count.toLocaleString("en")} files of 0.5 to 8 KB`,
      goal: ["limit", 3],
      sides: {
        limit: copy,
        mvgit: {
          in: "new",
          command: "mvgit add data",
          before: () => (files(), bench.repository("new"), bench.run("new", "cp -r ../data .")),
          after: () => bench.discard("new", "new.store"),
        },
      },
    },
    {
      work: "status of it, nothing changed",
      goal: ["dvc", 0.3],
      sides: {
        dvc: { in: "many-dvc", command: "dvc status -q", before: addedToDvc },
        mvgit: { in: "many", command: "mvgit status", before: added },
      },
    },
    {
      work: "push it to a folder",
      goal: ["limit", 4],
      sides: {
        limit: copy,
        mvgit: {
          in: "many",
          command: "mvgit push",
          before: () => (
            added(),
            bench.discard("many.store"),
            bench.run(".", "mkdir many.store && cd many && mvgit remote accept")
          ),
        },
      },
    },
    {
      work: "pull it from a folder",
      goal: ["limit", 4],
      sides: { limit: copy, mvgit: { command: "mvgit pull", ...clone("true") } },
    },
    {
      work: "checkout of it from the cache",
      goal: ["limit", 3],
      sides: { limit: copy, mvgit: { command: "mvgit checkout --offline", ...clone("mvgit fetch") } },
    },
    {
      work: "add it again, one file changed",
      goal: ["dvc", 0.3],
      sides: {
        dvc: { in: "many-dvc", command: "dvc add -q data", before: change("many-dvc", addedToDvc) },
        mvgit: { in: "many", command: "mvgit add data", before: change("many", added) },
      },
    },
  ];
}
