/** Push and pull of one large file: with encodings, without, and as `cp` does it. */
import { join } from "node:path";
import { sizeOf } from "./stores.mjs";
import { layersOf, valuesOf, writeSafetensors } from "./weights.mjs";

/** Each `{ work, measure }`; `measure` answers `{ limit, mvgit, goal, isReached }` in words. */
export function speedRows(bench, mib) {
  const MIB = 1024 * 1024;
  const rate = (seconds) => `${seconds.toFixed(2)} s, ${Math.round(mib / seconds)} MB/s`;
  /** A file of which the second version replaces the first, and what a row calls the two. */
  const inputs = {
    random: {
      words: ["first version", "every 20th MiB changed"],
      first: (dir) => bench.bigFile(`${dir}/big`, mib * MIB),
      second: (dir) =>
        bench.run(
          dir,
          `for at in $(seq 10 20 ${mib - 1}); do dd if=/dev/urandom of=big bs=1M count=1 seek=$at conv=notrunc status=none; done`,
        ),
    },
    weights: {
      words: ["bf16 weights, first version", "bf16 weights, all moved by 0.1 percent"],
      first: (dir) => writeWeights(dir, valuesOf),
      second: (dir) => writeWeights(dir, (tensor) => valuesOf(tensor, 0.001)),
    },
  };
  const writeWeights = (dir, bytes) => writeSafetensors(join(bench.path(dir), "big"), layersOf(mib), { bytes });
  /** Of a repository with its own store: what the first and the second push took. */
  const pushed = (name, encoding, { first, second } = inputs.random) =>
    bench.once(`timed/${name}`, () => {
      bench.repository(name);
      if (encoding) bench.run(name, `git config mvgit.encoding ${encoding}`);
      first(name);
      const add = "mvgit add -q big && git add -A && git commit -qm x";
      bench.run(name, add);
      times[name] = [bench.seconds(name, "mvgit push -q")];
      bench.run(name, "chmod u+w big && cp big copy && mv -f copy big");
      second(name);
      bench.run(name, add);
      times[name].push(bench.seconds(name, "mvgit push -q"));
    });
  const times = {};
  const both = () => {
    pushed("whole", "whole");
    pushed("compact", null);
    pushed("whole-weights", "whole", inputs.weights);
    pushed("compact-weights", null, inputs.weights);
    bench.once("cp", () => {
      times.cp = [bench.seconds(".", "cp whole/big cp.big && sync -f cp.big"), 0];
    });
  };
  const pulled = (name) =>
    bench.once(`pulled/${name}`, () => {
      const clone = `git clone -q ${name} ${name}-clone && cd ${name}-clone && mvgit remote add store ../${name}.store`;
      bench.run(".", clone);
      times[`${name} down`] = bench.seconds(`${name}-clone`, "mvgit pull -q");
    });
  const push = (input, which) => ({
    work: `push of ${mib} MiB, ${inputs[input].words[which]}`,
    measure() {
      both();
      const tail = input === "weights" ? "-weights" : "";
      const [limit, own] = [times[`whole${tail}`][which], times[`compact${tail}`][which]];
      return {
        limit: `plain push ${rate(limit)}; cp ${rate(times.cp[0])}`,
        mvgit: rate(own),
        goal: "at least half as fast as a plain push",
        isReached: own <= 2 * limit,
      };
    },
  });
  return [
    push("random", 0),
    push("random", 1),
    push("weights", 0),
    push("weights", 1),
    {
      work: "pull of the second version",
      measure() {
        both();
        pulled("whole");
        pulled("compact");
        const [limit, own] = [times["whole down"], times["compact down"]];
        const line = mib / 119;
        return {
          limit: `plain pull ${rate(limit)}; a line of 1 Gbit/s takes ${line.toFixed(2)} s`,
          mvgit: rate(own),
          goal: "as fast as a plain pull over 1 Gbit/s",
          isReached: own <= Math.max(line, limit),
        };
      },
    },
    ...["push", "pull"].map((what) => ({
      work: `memory at its peak, ${what} of the second version`,
      measure() {
        both();
        if (what === "push") {
          const again = "rm -rf ../compact.second && cp -r ../compact.store ../compact.second";
          bench.run(
            "compact",
            `${again} && dd if=/dev/urandom of=big bs=1M count=3 seek=5 conv=notrunc status=none && mvgit add -q big && git add -A && git commit -qm x`,
          );
        } else
          bench.run(
            ".",
            "rm -rf peak-clone && git clone -q compact peak-clone && cd peak-clone && mvgit remote add store ../compact.store",
          );
        const peak = bench.peak(what === "push" ? "compact" : "peak-clone", `mvgit ${what}`);
        return { limit: "-", mvgit: `${peak.toFixed(0)} MiB`, goal: "below 400 MB", isReached: peak < 381 };
      },
    })),
    {
      work: "what both versions take in the remote",
      measure() {
        both();
        const size = (name) => `${Math.round(sizeOf(bench.path(`${name}.store`)) / MIB)} MiB`;
        return { limit: size("whole"), mvgit: size("compact"), goal: "-", isReached: null };
      },
    },
  ];
}
