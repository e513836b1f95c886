/** One large file. */
import { renameSync, rmSync, utimesSync } from "node:fs";

/** Rows of one file of 2 GiB, in the order of its life. */
export function large(bench) {
  const bytes = (bench.quick ? 256 : 2048) * 1024 * 1024;
  const size = bench.quick ? "256 MiB" : "2 GiB";
  const remove = (...names) => names.forEach((name) => rmSync(bench.path(name), { recursive: true, force: true }));
  const file = () => bench.once("big.bin", () => bench.bigFile("big.bin", bytes));
  const copy = { command: "cp big.bin copy && sync copy", before: file, after: () => remove("copy") };
  /** A repository in which the file is added and committed. */
  const added = () =>
    bench.once("one", () => {
      file();
      bench.repository("one");
      bench.run("one", "cp ../big.bin . && mvgit add big.bin && git commit -qm x && mvgit push && mvgit status");
    });
  const addedToDvc = () =>
    bench.once("one-dvc", () => {
      file();
      bench.dvcRepository("one-dvc");
      bench.run(
        "one-dvc",
        "cp ../big.bin . && dvc add -q big.bin && git add . && git commit -qm x && dvc push -q && dvc status -q",
      );
    });
  const addTo = (make, command) => ({
    in: "new",
    command,
    before: () => (file(), make("new"), renameSync(bench.path("big.bin"), bench.path("new/big.bin"))),
    after: () => (renameSync(bench.path("new/big.bin"), bench.path("big.bin")), remove("new", "new.store")),
  });
  const cloneOf = (name, command) => ({
    before: () => bench.run(".", `git clone -q ${name} clone && cd clone && ${command}`),
    after: () => remove("clone"),
  });
  const touched = () => (
    added(),
    utimesSync(bench.path("one/big.bin"), new Date(), new Date()),
    bench.run(".", "sleep 0.1")
  );
  return [
    {
      work: `add a file of ${size}`,
      goal: ["limit", 1.15],
      sides: {
        limit: copy,
        mvgit: addTo((name) => bench.repository(name), "mvgit add big.bin"),
        dvc: addTo((name) => bench.dvcRepository(name), "dvc add -q big.bin"),
      },
    },
    {
      work: "status of it, nothing changed",
      goal: ["dvc", 0.5],
      sides: {
        dvc: { in: "one-dvc", command: "dvc status -q", before: addedToDvc },
        mvgit: { in: "one", command: "mvgit status", before: added },
      },
    },
    {
      work: "status after `touch`",
      goal: ["limit", 2],
      sides: {
        limit: { command: "b3sum --num-threads 1 big.bin", needs: "b3sum", before: file },
        mvgit: { in: "one", command: "mvgit status", before: touched },
      },
    },
    {
      work: "push it to a folder",
      goal: ["limit", 1.15],
      sides: {
        limit: copy,
        mvgit: {
          in: "one",
          command: "mvgit push",
          before: () => (
            added(),
            remove("one.store"),
            bench.run(".", "mkdir one.store && cd one && mvgit remote accept")
          ),
        },
      },
    },
    {
      work: "pull it from a folder, verified",
      goal: ["dvc", 1.2],
      sides: {
        limit: { command: "cp big.bin copy && cp copy copy2", before: file, after: () => remove("copy", "copy2") },
        dvc: {
          in: "clone",
          command: "dvc pull -q",
          ...cloneOf("one-dvc", "dvc remote modify --local store url ../one-dvc.store"),
        },
        mvgit: { in: "clone", command: "mvgit pull", ...cloneOf("one", "mvgit remote add store ../one.store") },
      },
    },
  ];
}
