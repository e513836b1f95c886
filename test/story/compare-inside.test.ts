/** What `compare` says of weights and tables of real programs, in a clone that has their bytes and in one without. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openRegistry } from "../../src/versions/registry.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

const FILES = join(import.meta.dirname, "../values/tensors/files");
const ARCHIVES = join(import.meta.dirname, "../values/archives/files");
const TABLES = join(import.meta.dirname, "../registry/tables");
let box: Sandbox;

beforeAll(async () => {
  // In memory every file is read each time, and diff would ask for the manifest of what it did not see change.
  box = await makeSandbox({ inProcess: true });
  fs.mkdirSync(join(box.dir, "work/weights"));
  for (const side of ["a", "b"]) {
    for (const ending of ["safetensors", "gguf", "onnx"])
      fs.copyFileSync(join(FILES, `${side}.${ending}`), join(box.dir, `work/weights/w.${ending}`));
    fs.copyFileSync(join(FILES, `${side}.safetensors`), join(box.dir, "work/single.safetensors"));
    fs.copyFileSync(join(TABLES, `${side}.parquet`), join(box.dir, "work/t.parquet"));
    fs.mkdirSync(join(box.dir, "work/images"), { recursive: true });
    for (const [name, at] of [
      ["zip", "a.zip"],
      ["tar", "a.pax.tar"],
    ] as const)
      fs.copyFileSync(join(ARCHIVES, at.replace(/^a/, side)), join(box.dir, `work/images/i.${name}`));
    const data = ["--data", "t.parquet", "--data", "images"];
    const paths = ["--weights", "weights", "--weights", "single.safetensors", ...data];
    expect(await box.mv("work", ["save", "spam", ...paths])).toMatchObject({ status: 0 });
  }
});
afterAll(() => box.cleanup());

it("tensors and rows, by how much they changed", async () => {
  const { stdout } = await box.mv("work", ["compare", "spam@v1", "spam@v2"]);
  expect(stdout.slice(stdout.indexOf("data\n"))).toMatchInlineSnapshot(`
    "data
      images     11.0 KiB  11.1 KiB  2 files changed
        i.tar           10.0 KiB  10.0 KiB  files in the tar +1 -1 ~3 (of 7)
          came.txt             -       3 B  added
          gone.txt           4 B         -  removed
          images/2.jpg     200 B     300 B  changed
          label.txt          4 B       4 B  changed
          link               0 B       0 B  changed
        i.zip              979 B   1.1 KiB  files in the zip +1 -1 ~2, 1 repacked (of 6)
          came.txt             -       3 B  added
          gone.txt           4 B         -  removed
          images/2.jpg     200 B     300 B  changed
          label.txt          4 B       4 B  changed
          images/1.jpg     200 B     200 B  repacked
          (files in it say the CRC-32 of before and are packed in another way: nothing was unpacked)
      t.parquet   2.5 KiB   1.6 KiB  rows +1 -1 ~1, columns +new -old n: int32 -> int64, column chunks +1 -6 ~4 (of 5)
          new, row group 0      -  42 B  added
          old, row group 0  102 B     -  removed
          id, row group 1   102 B     -  removed
          old, row group 1  102 B     -  removed
          n, row group 1     78 B     -  removed
          ... and 6 more chunks
    command  the same
    code  the same
    environment  the same
    weights
      single.safetensors    548 B    492 B  tensors +1 -1 ~2, 1 reshaped, 1 retyped (of 6)
          came               -    f64 [1]  added
          gone         i64 [2]          -  removed
          shaped     f32 [2x3]  f32 [3x2]  reshaped
          typed        f32 [8]    f16 [8]  retyped by up to 0.0002093, 0.0173 % of its norm, in 75 % of values
          head.bias               f16 [4]  changed in 25 % of values, 1 not finite
          ... and 1 more tensor
      weights             1.6 KiB  1.5 KiB  3 files changed
        w.gguf              704 B        704 B  tensors ~3, 1 retyped (of 5)
          typed           f32 [8]      f16 [8]  retyped by up to 0.0002093, 0.0173 % of its norm, in 75 % of values
          head.bias                    f16 [4]  changed in 25 % of values, 1 not finite
          embed.weight               f32 [3x4]  changed by up to 0.5, 2.22 % of its norm, in 8.33 % of values
          blocks                   q8_0 [2x32]  changed
        w.onnx              345 B        321 B  tensors +1 -1 ~3, 1 reshaped, 1 retyped (of 8)
          came                  -      f64 [1]  added
          gone            i64 [2]            -  removed
          shaped        f32 [2x3]    f32 [3x2]  reshaped
          typed           f32 [8]      f16 [8]  retyped by up to 0.0002093, 0.0173 % of its norm, in 75 % of values
          head.bias                    f16 [4]  changed in 25 % of values, 1 not finite
          ... and 2 more tensors
        w.safetensors       548 B        492 B  tensors +1 -1 ~2, 1 reshaped, 1 retyped (of 6)
          came                  -      f64 [1]  added
          gone            i64 [2]            -  removed
          shaped        f32 [2x3]    f32 [3x2]  reshaped
          typed           f32 [8]      f16 [8]  retyped by up to 0.0002093, 0.0173 % of its norm, in 75 % of values
          head.bias                    f16 [4]  changed in 25 % of values, 1 not finite
          ... and 1 more tensor
    "
  `);
});

it("between commits and in the work tree, as diff tells it", async () => {
  const { stdout } = await box.mv("work", ["diff", "HEAD~1", "HEAD", "single.safetensors", "images"]);
  expect(stdout).toMatchInlineSnapshot(`
    "HEAD~1 -> HEAD:
    modified  images/i.tar        10.0 KiB -> 10.0 KiB
        files in the tar +1 -1 ~3 (of 7)
          came.txt          -    3 B  added
          gone.txt        4 B      -  removed
          images/2.jpg  200 B  300 B  changed
          label.txt       4 B    4 B  changed
          link            0 B    0 B  changed
    modified  images/i.zip            979 B -> 1.1 KiB
        files in the zip +1 -1 ~2, 1 repacked (of 6)
          came.txt          -    3 B  added
          gone.txt        4 B      -  removed
          images/2.jpg  200 B  300 B  changed
          label.txt       4 B    4 B  changed
          images/1.jpg  200 B  200 B  repacked
          (files in it say the CRC-32 of before and are packed in another way: nothing was unpacked)
    modified  single.safetensors        548 B -> 492 B
        tensors +1 -1 ~2, 1 reshaped, 1 retyped (of 6)
          came               -    f64 [1]  added
          gone         i64 [2]          -  removed
          shaped     f32 [2x3]  f32 [3x2]  reshaped
          typed        f32 [8]    f16 [8]  retyped by up to 0.0002093, 0.0173 % of its norm, in 75 % of values
          head.bias               f16 [4]  changed in 25 % of values, 1 not finite
          ... and 1 more tensor
    3 files modified; 11.5 KiB -> 11.6 KiB
    "
  `);
  const undo = box.keep();
  fs.copyFileSync(join(FILES, "a.safetensors"), join(box.dir, "work/single.safetensors"));
  const { stdout: here } = await box.mv("work", ["diff", "--json", "--all"]);
  const { changes } = JSON.parse(here) as { changes: { path: string; inside: { tensors: { counts: object } } }[] };
  expect(changes).toMatchObject([
    { path: "single.safetensors", inside: { tensors: { counts: { added: 1, changed: 2 } } } },
  ]);
  expect((await box.mv("work", ["diff", "--stat"])).stdout).not.toContain("tensors +");
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  expect((await box.mv("work", ["diff"])).stdout).toContain("its tensors were not compared: bytes of it are not here");
  undo();
});

it("weights at header level, for a page", async () => {
  const { registryOf } = await import("../../src/versions/registry.ts");
  const { weights } = await registryOf(await box.open()).compare(["spam@v1", "spam@v2"], { tensors: "headers" });
  expect(weights[0]?.files[0]?.tensors?.counts).toMatchObject({ added: 1, removed: 1, changed: 0, unknown: 3 });
});

it("without their bytes says so, and what brings them", async () => {
  const notes = async (work: Promise<{ weights: { files: { note?: string }[] }[] }>) =>
    (await work).weights[0]?.files[0]?.note;
  const context = { cwd: box.dir, env: box.env, watch: testWatch(), loader: null };
  const elsewhere = await openRegistry("work", context);
  expect(await notes(elsewhere.compare(["spam@v1", "spam@v2"]))).toBe(
    "its tensors were not compared: that takes a clone that has their bytes",
  );
  elsewhere.close();
  const undo = box.keep();
  await box.mv("work", ["push"]);
  fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
  const { stdout } = await box.mv("work", ["compare", "spam@v1", "spam@v2"]);
  expect(stdout).toContain("its tensors were not compared: bytes of it are not here; 'mvgit fetch --all' brings them");
  expect(stdout).toContain("its rows were not compared: bytes of it are not here; 'mvgit fetch --all' brings them");
  undo();
});
