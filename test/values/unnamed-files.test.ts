import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import { heapsAbove, isSource, type NewFile, toolOf } from "../../src/values/unnamed-files.ts";

const files = (folder: string, count: number, size: number): NewFile[] =>
  Array.from({ length: count }, (_, at) => ({ path: `${folder}/${at}.png` as RepoPath, size }));
const limits = { size: 1000, files: 50 };
const heaps = (all: NewFile[], known: string[] = [], tools = true): [string, number, boolean, string][] =>
  heapsAbove(all, { known, limits, tools }).map(({ path, files: { length }, isWhole, why }) => [
    path,
    length,
    isWhole,
    why,
  ]);

describe("new files that nobody named", () => {
  it("are a heap of the outermost folder that is theirs alone, wherever in it they lie", () => {
    expect(heaps([...files("plots/a", 6, 100), ...files("plots/b/c", 6, 100)])).toEqual([["plots", 12, true, "bulk"]]);
    expect(heaps([...files("src/plots/a", 6, 100), ...files("src/plots/b", 6, 100)], ["src/train.py"])).toEqual([
      ["src/plots", 12, true, "bulk"],
    ]);
    expect(heaps(files("src", 12, 100), ["src/train.py"])).toEqual([["src", 12, false, "bulk"]]);
    // A pointer in a folder is mvgit's own, and makes nobody else's of it.
    expect(heaps(files("out", 12, 100), ["out/best.pt.mvgit", "out/.gitignore"])).toEqual([["out", 12, true, "bulk"]]);
    expect(heaps(Array.from({ length: 12 }, (_, at) => ({ path: `${at}.png` as RepoPath, size: 100 })))).toEqual([
      ["", 12, false, "bulk"],
    ]);
  });

  it("are too many by their number as by their sum, and what is below both is not", () => {
    expect(heaps(files("many", 51, 1))).toEqual([["many", 51, true, "bulk"]]);
    expect(heaps(files("few", 10, 100))).toEqual([]);
  });

  it("are too many together: the largest heaps go until the rest is not", () => {
    const all = [...files("a", 3, 100), ...files("b", 5, 100), ...files("c", 4, 100)];
    expect(heaps(all)).toEqual([["b", 5, true, "bulk"]]);
  });

  it("in a program's own folder are its own at any size, unless Git has files there", () => {
    expect(heaps([...files("outputs/2026/.hydra", 1, 1), ...files("conf/runs/exp1", 1, 1)])).toEqual([
      ["conf/runs", 1, true, "tool"],
      ["outputs", 1, true, "tool"],
    ]);
    expect(heaps(files("runs", 1, 1), ["runs/README.md"])).toEqual([]);
    expect(heaps(files("outputs", 1, 1), [], false)).toEqual([]);
    expect([toolOf("wandb"), toolOf("a/lightning_logs"), toolOf("src"), toolOf("constructor")]).toEqual([
      "Weights & Biases",
      "Lightning",
      null,
      null,
    ]);
  });

  it("that people write are known by their names", () => {
    for (const path of [
      "a.py",
      "x/Makefile",
      "README.md",
      "b/.gitignore",
      "conf/a.YAML",
      "n.ipynb",
      ".eslintrc",
      "LICENSE-MIT",
    ])
      expect([path, isSource(path)]).toEqual([path, true]);
    for (const path of ["a.png", "b.csv", "c.json", "d.npy", "e", "py", "f.txt", "g.pt"])
      expect([path, isSource(path)]).toEqual([path, false]);
  });
});
