/** A long history of versions and stages. */
import { mkdirSync } from "node:fs";
import { weightsHash, writeHistory } from "../history.mjs";

/** Rows of a model with 5,000 versions and 20,000 moves of four stages. */
export function versions(bench) {
  const [count, events] = bench.quick ? [500, 2000] : [5000, 20_000];
  const repository = () =>
    bench.once("history", () => {
      mkdirSync(bench.path("history"));
      bench.run("history", "git init -q .");
      writeHistory(bench.path("history"), {
        versions: count,
        events,
        stages: ["canary", "production", "shadow", "staging"],
      });
      bench.run("history", "mvgit init --no-hooks && git commit -qm settings");
    });
  const row = (work, command) => ({
    work: `${work}: ${count.toLocaleString("en")} versions, ${events.toLocaleString("en")} moves`,
    goal: ["s", 1],
    sides: { mvgit: { in: "history", command: `mvgit ${command}`, before: repository } },
  });
  // Git opens every tag for it: the least that whoever lists them can do by the git program alone.
  const refs = "git for-each-ref --format='%(objectname) %(*objectname) %(refname)'";
  const overLimit = (work, command, most) => ({
    work: `${work}: ${count.toLocaleString("en")} versions, ${events.toLocaleString("en")} moves`,
    goal: ["limit", most],
    sides: {
      limit: { in: "history", command: refs, before: repository },
      mvgit: { in: "history", command: `mvgit ${command}` },
    },
  });
  return [
    row("`stages`", "stages"),
    row("`history --at`", "history spam production --at 2023-11-18"),
    row("`log`, first page", "log spam"),
    overLimit("`models`", "models", 4),
    overLimit("`log --all`", "log spam --all", 8),
    row("`show` of a stage", "show spam#production"),
    row("`explain` of a hash", `explain ${weightsHash(Math.floor(count / 2))}`),
    // There is no Git host, so this is what a rollback takes beside the push.
    row("`rollback`, without the push", "rollback spam production"),
  ];
}
