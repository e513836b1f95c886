/** What a second version of an archive, a table or text takes in a remote. */
import { expect, it } from "vitest";
import { noise, parquetOf, tarOf, zipOf } from "../../support/containers.ts";
import { Machine, MIB } from "./bench.ts";

const images = Array.from({ length: 100 }, (_, at) => noise(80_000 + at * 37, at + 1));
const label = (at: number, run: number): Buffer =>
  Buffer.from(`{"image": ${at}, "run": ${run}, "label": "${"cat dog".slice(at % 3)}"}\n`);

it("a tar in which every label changed", async () => {
  const tar = (run: number): Buffer =>
    tarOf(
      images.flatMap((bytes, at) => [
        { name: `${at}.jpg`, bytes },
        { name: `${at}.json`, bytes: label(at, run), time: run },
      ]),
    );
  const [, took] = await new Machine().versions(tar(1), tar(2));
  expect(took).toBeLessThan(0.014 * tar(2).length);
});

it("a zip with members in another order, and one that changed", async () => {
  const members = images.map((bytes, at) => ({ name: `data/${at}`, bytes }));
  const other = members.toReversed().map((each, at) => (at === 5 ? { ...each, bytes: noise(90_000, 999) } : each));
  const [, took] = await new Machine().versions(zipOf(members), zipOf(other));
  expect(took).toBeLessThan(150_000);
});

it("a table of which one of five columns changed, and one that got more rows", async () => {
  const group = (seed: number, changed = 0): { column: string; bytes: Buffer }[] =>
    [0, 1, 2, 3, 4].map((at) => ({
      column: `c${at}`,
      bytes: noise(400_000, seed * 10 + at + (at === 2 ? changed : 0)),
    }));
  const groups = (changed: number): Buffer =>
    parquetOf([group(1, changed), group(2, changed), group(3, changed), group(4, changed)]);
  const more = parquetOf([group(1), group(2), group(3), group(4), [{ column: "c0", bytes: noise(80_000, 77) }]]);
  expect((await new Machine().versions(groups(0), groups(1000)))[1]).toBeLessThan(0.22 * groups(0).length);
  expect((await new Machine().versions(groups(0), more))[1]).toBeLessThan(0.03 * more.length);
});

it("text takes what deflate leaves of it, and a changed line a few portions", async () => {
  const lines = Array.from(
    { length: 60_000 },
    (_, at) => `${at}\t${noise(12, at).toString("hex")}\tsome words that all lines have in common\n`,
  );
  const second = lines.map((line, at) => (at === 30_000 ? "another line\n" : line));
  const [one, two] = await new Machine().versions(Buffer.from(lines.join("")), Buffer.from(second.join("")));
  expect(one).toBeLessThan(0.5 * lines.join("").length);
  expect(two).toBeLessThan(0.3 * MIB);
});
