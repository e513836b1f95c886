/** A folder of very many small files: to a folder, and to a server of Google's protocol that is 20 ms away. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fakeGcs } from "../servers.mjs";

/** Milliseconds that a request takes. */
const AWAY = 20;

function objectsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes("requests"),
  ).length;
}

/** As `speedRows`. */
export function manyRows(bench, count) {
  const words = `${count.toLocaleString("en")} files of 0.5 to 8 KB`;
  const times = {};
  const files = () => bench.once("crowd", () => bench.manyFiles("crowd", count));
  const added = () =>
    bench.once("crowd-repo", () => {
      files();
      bench.repository("crowd-repo");
      bench.run(
        "crowd-repo",
        "cp -r ../crowd data && sleep 0.1 && mvgit add -q data && git add -A && git commit -qm x",
      );
    });
  const copied = () =>
    bench.once("crowd-copy", () => {
      files();
      times.copy = bench.seconds(".", "cp -r crowd crowd-copy && sync -f crowd-copy");
    });
  const pushed = () =>
    bench.once("crowd-pushed", () => {
      added();
      copied();
      times.push = bench.seconds("crowd-repo", "mvgit push -q");
    });
  const seconds = (value) => `${value.toFixed(2)} s`;
  let server;
  const away = () => {
    if (server !== undefined) return server;
    server = fakeGcs(bench.path("gcs"), AWAY);
    if (server !== null) Object.assign(bench.env, server.env);
    return server;
  };
  const total = () => Object.values(server.requests()).reduce((sum, each) => sum + each, 0);
  const requests = (work, command, { before, goal, most }) => ({
    work,
    measure() {
      added();
      if (away() === null) return { limit: "-", mvgit: "-", goal: "fake-gcs-server is not installed", isReached: null };
      before?.();
      const start = total();
      const took = bench.seconds(command.folder, command.line);
      const made = total() - start;
      return {
        limit: `${((count * AWAY) / 1000 / 32).toFixed(0)} s, 32 at a time`,
        mvgit: `${made} requests, ${seconds(took)}`,
        goal,
        isReached: made <= most,
      };
    },
  });
  return [
    {
      work: `push ${words} to a folder`,
      measure() {
        pushed();
        return {
          limit: `cp -r ${seconds(times.copy)}`,
          mvgit: seconds(times.push),
          goal: "3 x cp -r",
          isReached: times.push <= 3 * times.copy,
        };
      },
    },
    {
      work: "objects that this makes",
      measure() {
        pushed();
        const objects = objectsIn(bench.path("crowd-repo.store"));
        return { limit: `${count}`, mvgit: `${objects}`, goal: "at most 30", isReached: objects <= 30 };
      },
    },
    {
      work: "pull of it",
      measure() {
        pushed();
        bench.run(
          ".",
          "git clone -q crowd-repo crowd-clone && cd crowd-clone && mvgit remote add store ../crowd-repo.store",
        );
        const took = bench.seconds("crowd-clone", "mvgit pull -q");
        return {
          limit: `cp -r ${seconds(times.copy)}`,
          mvgit: seconds(took),
          goal: "3 x cp -r",
          isReached: took <= 3 * times.copy,
        };
      },
    },
    requests(
      `push it to a server ${AWAY} ms away`,
      { folder: "crowd-repo", line: "mvgit push -q --remote away" },
      {
        before: () => bench.run("crowd-repo", "mvgit remote add away gs://bench/crowd"),
        goal: "at most 100 requests",
        most: 100,
      },
    ),
    requests(
      "pull it from there",
      { folder: "crowd-away", line: "mvgit pull -q" },
      {
        before: () => {
          mkdirSync(bench.path("crowd-away"));
          bench.run(
            ".",
            "git clone -q crowd-repo crowd-away && cd crowd-away && mvgit remote add away gs://bench/crowd && mvgit remote default away",
          );
        },
        goal: "1/20 of one for each file",
        most: count / 20,
      },
    ),
  ];
}
