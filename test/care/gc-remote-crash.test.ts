/** gc of a remote, killed at each write that it makes: whatever is left is whole, and the next gc ends the work. */
import { expect, it } from "vitest";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { claimedOf } from "../../src/values/claim.ts";
import { Mortal } from "../support/mortal-bucket.ts";
import { brokenIn, collect, days, lostOf, namesOf, push, Repository, World } from "../support/gc/world.ts";

/** Something of every kind that a gc meets. */
async function filled(): Promise<{ world: World; ours: Repository }> {
  const world = new World();
  const [ours, theirs] = [new Repository("ours"), new Repository("theirs")];
  const small = Array.from({ length: 4 }, () => world.blob(1));
  const first = world.blob(4);
  const second = world.changed(first);
  const third = world.changed(second);
  const beside = world.blob(2);
  const gone = world.changed(world.blob(4));
  await push(world.bucket, theirs, { small: small.slice(2, 3), large: [] });
  await push(world.bucket, ours, { small, large: [{ blob: first, base: null }] });
  await push(world.bucket, ours, { small: [beside], large: [{ blob: second, base: first }] });
  await push(world.bucket, ours, {
    small: [],
    large: [
      { blob: third, base: second },
      { blob: gone, base: null },
    ],
  });
  const passing = [world.blob(1), world.blob(1)];
  await push(world.bucket, ours, { small: passing, large: [] });
  for (const folder of ["chunks", "packs"]) world.bucket.put(`${folder}/ab/${gone.hash.slice(2)}`, Buffer.from("old"));
  ours.pushed([...small, beside, first, second, third, gone, ...passing]);
  for (const blob of [small[0], first, second, gone, ...passing]) if (blob) ours.needed.delete(claimedOf(blob));
  world.later(days(15));
  return { world, ours };
}

it("loses nothing, leaves nothing that nobody can read, and comes to the same end", { timeout: 60_000 }, async () => {
  const ends = (world: World): string[] => namesOf(world, "blobs", "packs", "index", "chunks");
  const whole = await filled();
  const counting = new Mortal(whole.world.bucket, Infinity, true);
  await collect(counting, whole.ours);
  expect(counting.writes).toBeGreaterThan(12);
  const count = ends(whole.world).length;
  for (let at = 1; at <= counting.writes; at++)
    for (const isDone of [false, true]) {
      const { world, ours } = await filled();
      await expect(collect(new Mortal(world.bucket, at, isDone), ours)).rejects.toMatchObject({ code: "interrupted" });
      expect([await lostOf(world, [ours]), await brokenIn(world)], `at write ${at}`).toEqual([[], []]);
      // By the same clone at once, and once more when what it changed is old.
      await collect(world.bucket, ours);
      expect([await lostOf(world, [ours]), await brokenIn(world)], `after write ${at}`).toEqual([[], []]);
      world.later(days(15));
      await collect(world.bucket, ours);
      expect(ends(world).length, `after write ${at}`).toBeLessThanOrEqual(count);
      ours.needed.clear();
      for (let times = 0; times < 3; times++) {
        world.later(days(15));
        await collect(world.bucket, ours);
      }
      // What the other repository needs.
      expect(
        ends(world).filter((name) => name !== INDEX_LIST),
        `after write ${at}`,
      ).toHaveLength(2);
      expect(await brokenIn(world)).toEqual([]);
    }
});
