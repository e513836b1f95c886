/** Push and pull of one large file: with encodings, without, and as `cp` does it. */
import { sizeOf } from "./stores.mjs";

/** Each `{ work, measure }`; `measure` answers `{ limit, mvgit, goal, isReached }` in words. */
export function speedRows(bench, mib) {
  const MIB = 1024 * 1024;
  const rate = (seconds) => `${seconds.toFixed(2)} s, ${Math.round(mib / seconds)} MB/s`;
  /** Of a repository with its own store: what the first and the second push took. */
  const pushed = (name, encoding) =>
    bench.once(`timed/${name}`, () => {
      bench.repository(name);
      if (encoding) bench.run(name, `git config mvgit.encoding ${encoding}`);
      bench.bigFile(`${name}/big`, mib * MIB);
      const add = "mvgit add -q big && git add -A && git commit -qm x";
      bench.run(name, add);
      times[name] = [bench.seconds(name, "mvgit push -q")];
      // Every 20th MiB is another one.
      const change = `for at in $(seq 10 20 ${mib - 1}); do dd if=/dev/urandom of=big bs=1M count=1 seek=$at conv=notrunc status=none; done`;
      bench.run(name, `chmod u+w big && cp big copy && mv -f copy big && ${change} && ${add}`);
      times[name].push(bench.seconds(name, "mvgit push -q"));
    });
  const times = {};
  const both = () => {
    pushed("whole", "whole");
    pushed("compact", null);
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
  const push = (which, words) => ({
    work: `push of ${mib} MiB, ${words}`,
    measure() {
      both();
      const [limit, own] = [times.whole[which], times.compact[which]];
      return {
        limit: `plain push ${rate(limit)}; cp ${rate(times.cp[0])}`,
        mvgit: rate(own),
        goal: "at least half as fast as a plain push",
        isReached: own <= 2 * limit,
      };
    },
  });
  return [
    push(0, "first version"),
    push(1, "every 20th MiB changed"),
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
