/** What a start costs. */
import { writeFileSync } from "node:fs";

/** Rows of commands that do next to nothing. */
export function start(bench) {
  const repository = () =>
    bench.once("start", () => {
      bench.repository("start");
      writeFileSync(bench.path("start/w.bin"), "weights");
      bench.run("start", "mvgit add w.bin && git commit -qm x && mvgit hooks install");
    });
  const bare = { command: "node -e 0" };
  return [
    { work: "`--version`", goal: ["limit", 2], runs: 9, sides: { limit: bare, mvgit: { command: "mvgit --version" } } },
    {
      work: "the pre-commit hook on a small commit",
      goal: ["limit", 2],
      runs: 9,
      sides: {
        limit: bare,
        mvgit: {
          in: "start",
          command: "mvgit hook pre-commit",
          before: (run) => {
            repository();
            writeFileSync(bench.path("start/note.txt"), `${run}\n`);
            bench.run("start", "git add note.txt");
          },
        },
      },
    },
  ];
}
