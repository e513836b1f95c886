/** What a new large blob is compared with. */
import { describe, expect, it } from "vitest";
import { Alike, type Standing } from "../../src/files/push/alike.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";

const MIB = 1024 * 1024;
const at = (path: string, version: number, size = 100 * MIB): Standing => {
  const hash = hashBytes(Buffer.from(`${path} ${version}`));
  return { path, hash, size, pointer: { hash, size, extra: new Map() } };
};
/** Of what the newest is to be compared with: paths and versions. */
const toFirst = (all: readonly Standing[]): string[] => {
  const names = new Map(all.map((each, index) => [each.hash, `${each.path} ${index}`]));
  return new Alike(all).to(all[0] as Standing).map(({ hash }) => names.get(hash) as string);
};

describe("compared with", () => {
  it("what stood at the same path, the newest first, then its folder, then what is called alike", () => {
    const all = [
      at("m/a.bin", 3),
      at("x/b.bin", 1),
      at("m/c.bin", 1),
      at("m/a.bin", 2),
      at("m/d.txt", 1),
      at("m/a.bin", 1),
    ];
    expect(toFirst(all)).toEqual(["m/a.bin 3", "m/a.bin 5", "m/c.bin 2", "x/b.bin 1"]);
  });

  it("only what stood at its path, for a smaller one", () => {
    expect(toFirst([at("m/a.bin", 2, 7 * MIB), at("m/b.bin", 1), at("m/a.bin", 1)])).toEqual(["m/a.bin 2"]);
  });

  it("parts of a model that was one file, and the other way round", () => {
    const whole = at("m/model.safetensors", 1);
    const parts = [1, 2, 3].map((part) => at(`m/model-0000${part}-of-00003.safetensors`, 1));
    expect(toFirst([...parts, whole])).toContain("m/model.safetensors 3");
    expect(toFirst([whole, ...parts])).toHaveLength(3);
  });

  it("of very many, those whose names are closest", () => {
    const all = Array.from({ length: 500 }, (_, number) => at(`d/${String(number).padStart(4, "0")}.tar`, 1));
    const [first] = all as [Standing];
    const near = new Alike([at("d/0250x.tar", 2), ...all]).to(at("d/0250x.tar", 2));
    expect(near.length).toBeGreaterThan(60);
    expect(near.map(({ path }) => path)).toContain("d/0250.tar");
    expect(near).not.toContainEqual(first);
  });
});

it("what came first is older, wherever it stands now", () => {
  const [old, young] = [at("a", 1), at("a", 2)];
  const alike = new Alike([young, old, young, old]);
  expect(alike.ageOf(old.hash)).toBeGreaterThan(alike.ageOf(young.hash));
});
