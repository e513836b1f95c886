/** Many files that are tracked one by one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";

/** Rows of 2,000 single files. */
export function single(bench) {
  const count = bench.quick ? 200 : 2000;
  const fill = (folder) => {
    mkdirSync(bench.path(folder, "files"));
    for (let i = 0; i < count; i++) writeFileSync(bench.path(folder, `files/f${i}.bin`), randomBytes(2048));
  };
  const added = () =>
    bench.once("single", () => {
      bench.repository("single");
      fill("single");
      bench.run("single", "sleep 0.1; mvgit add files/* && git commit -qm x");
    });
  const addedToDvc = () =>
    bench.once("single-dvc", () => {
      bench.dvcRepository("single-dvc");
      fill("single-dvc");
      bench.run("single-dvc", "dvc add -q files/* && dvc status -q");
    });
  const lfs = (name) => {
    mkdirSync(bench.path(name));
    bench.run(name, "git init -q . && git lfs install --local && git lfs track '*.bin'");
  };
  const addTo = (make, command) => ({
    in: "new",
    command,
    before: () => (make("new"), fill("new")),
    after: () => bench.discard("new", "new.store"),
  });
  return [
    {
      work: `add ${count.toLocaleString("en")} single files`,
      goal: ["lfs", 1],
      sides: { lfs: addTo(lfs, "git add files"), mvgit: addTo((name) => bench.repository(name), "mvgit add files/*") },
    },
    {
      work: "status of them, nothing changed",
      goal: ["dvc", 0.1],
      sides: {
        dvc: { in: "single-dvc", command: "dvc status -q", before: addedToDvc },
        mvgit: { in: "single", command: "mvgit status", before: added },
      },
    },
  ];
}
