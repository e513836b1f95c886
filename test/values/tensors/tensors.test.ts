import * as fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RandomAccess } from "../../../src/values/tensors/access.ts";
import { compareTensors } from "../../../src/values/tensors/compare.ts";
import { readPickle } from "../../../src/values/tensors/pickle.ts";
import { readTensors } from "../../../src/values/tensors/read.ts";
import type { TensorFile } from "../../../src/values/tensors/tensor.ts";

const FILES = join(import.meta.dirname, "files");
const MUCH = 2 ** 40;

const bytesOf = (name: string): Uint8Array => fs.readFileSync(join(FILES, name));
/** As a file would be; `reads` counts how many bytes were taken out of it. */
const accessTo = (bytes: Uint8Array): RandomAccess & { reads: number } => ({
  size: bytes.length,
  reads: 0,
  async read(offset, length) {
    if (offset < 0 || length < 0 || offset + length > bytes.length) throw new Error(`read beyond: ${offset} ${length}`);
    this.reads += length;
    return bytes.subarray(offset, offset + length);
  },
});
const read = async (name: string, bytes = bytesOf(name)) => readTensors(name, accessTo(bytes));
const tensorsOf = async (name: string, bytes = bytesOf(name)): Promise<TensorFile> => {
  const file = await read(name, bytes);
  if (file === null || "why" in file) throw new Error(`${name}: ${file?.why}`);
  return file;
};
const shown = ({ tensors }: TensorFile): string[] =>
  tensors.map(({ name, dtype, shape, place, layout }) =>
    [name, dtype, `[${shape.join()}]`, place === null ? "-" : place.length, layout ?? ""].join(" ").trim(),
  );
const compare = async (a: string, b: string, budget: { left: number } | null = { left: MUCH }) =>
  compareTensors(
    { file: await tensorsOf(a), access: accessTo(bytesOf(a)) },
    { file: await tensorsOf(b), access: accessTo(bytesOf(b)) },
    budget,
  );

describe("files of real programs", () => {
  it("safetensors, by its own library", async () => {
    const file = await tensorsOf("a.safetensors");
    expect(file).toMatchObject({ format: "safetensors", notes: [] });
    expect(shown(file).toSorted()).toEqual([
      "embed.weight f32 [3,4] 48",
      "gone i64 [2] 16",
      "head.bias f16 [4] 8",
      "same u8 [2,2] 4",
      "shaped f32 [2,3] 24",
      "typed f32 [8] 32",
    ]);
  });

  it("GGUF, by llama.cpp's own library: shapes the outermost first, blocks of few bits", async () => {
    expect(shown(await tensorsOf("a.gguf"))).toEqual([
      "embed.weight f32 [3,4] 48",
      "typed f32 [8] 32",
      "same i8 [2,2] 4",
      "head.bias f16 [4] 8",
      "blocks q8_0 [2,32] 68 blocks",
    ]);
  });

  it("ONNX, by its own library; values in other files are named, not looked for", async () => {
    expect(shown(await tensorsOf("a.onnx"))).toEqual([
      "embed.weight f32 [3,4] 48",
      "head.bias f16 [4] 8",
      "gone i64 [2] 16",
      "same u8 [2,2] 4",
      "shaped f32 [2,3] 24",
      "typed f32 [8] 32",
      "listed f32 [2] 8",
      "whole i64 [3] 4 field 7",
    ]);
    const outside = await tensorsOf("outside.onnx");
    expect(outside.notes).toEqual([
      "the values of some tensors are in other files: of them only type and shape are compared",
    ]);
    expect(outside.tensors[0]).toMatchObject({ name: "embed.weight", shape: [3, 4], place: null });
  });

  it("PyTorch, by torch.save", async () => {
    expect(shown(await tensorsOf("candle-test.pt"))).toMatchInlineSnapshot(`
      [
        "test i64 [2,4] 64",
      ]
    `);
    expect(shown(await tensorsOf("candle-test_with_key.pt"))).toMatchInlineSnapshot(`
      [
        "model_state_dict.test i64 [2,4] 64",
      ]
    `);
    expect(shown(await tensorsOf("candle-fortran_tensor_3d.pth"))).toMatchInlineSnapshot(`
      [
        "tensor_fortran i64 [2,3,4] 192 strides 1,2,6",
      ]
    `);
  });

  it("PyTorch, as torch.save makes it: parameters, views, strides, keys of all depths", async () => {
    for (const name of ["ours-2.pt", "ours-4.pt"]) {
      expect(shown(await tensorsOf(name))).toEqual([
        "model.w f32 [3,4] 48",
        "model.row f32 [4] 16",
        "model.turned f32 [4,3] 48 strides 1,4",
        "model.b bf16 [4] 8",
        "model.one f32 [] 4",
        "optimizer.state.0.avg f32 [12] 48",
      ]);
    }
  });

  it("reads headers alone, however large the file is", async () => {
    const access = accessTo(bytesOf("a.safetensors"));
    const large: RandomAccess = { size: access.size, read: (offset, length) => access.read(offset, length) };
    await readTensors("a.safetensors", large);
    expect(access.reads).toBeLessThan(3 * access.size);
    expect(await read("x.txt", new TextEncoder().encode("hello"))).toBeNull();
  });
});

describe("two files", () => {
  it.each(["safetensors", "onnx"])("say what came, went and changed, and by how much: %s", async (ending) => {
    const { counts, tensors } = await compare(`a.${ending}`, `b.${ending}`);
    expect(counts).toEqual({
      added: 1,
      removed: 1,
      reshaped: 1,
      retyped: 1,
      changed: ending === "onnx" ? 3 : 2,
      unknown: 0,
      alike: ending === "onnx" ? 2 : 1,
    });
    const by = (name: string) => tensors.find((each) => each.name === name);
    expect(by("came")).toEqual({ name: "came", what: "added", a: null, b: { dtype: "f64", shape: [1] }, by: null });
    expect(by("embed.weight")).toMatchObject({
      what: "changed",
      by: { maxDifference: 0.5, differing: 1, values: 12, notFinite: 0 },
    });
    expect(by("embed.weight")?.by?.relative).toBeCloseTo(0.5 / Math.sqrt(506), 6);
    expect(by("head.bias")?.by).toEqual({ maxDifference: 0, relative: null, differing: 1, values: 4, notFinite: 1 });
    expect(by("typed")?.what).toBe("retyped");
    expect(by("typed")?.by?.maxDifference).toBeLessThan(0.001);
  });

  it("of blocks of few bits only whether they changed; of headers alone not even that", async () => {
    const whole = await compare("a.gguf", "b.gguf");
    expect(whole.tensors.find(({ name }) => name === "blocks")).toMatchObject({ what: "changed", by: null });
    const { counts, notes } = await compare("a.gguf", "b.gguf", null);
    expect(counts).toMatchObject({ changed: 0, unknown: 4, retyped: 1, alike: 0 });
    expect(notes).toEqual([]);
    expect((await compare("a.gguf", "b.gguf", { left: 50 })).notes).toEqual([
      "the values of some tensors were not compared, since that takes reading more than is read for it",
    ]);
  });

  it("a file and itself are alike, of whatever format", async () => {
    for (const name of fs.readdirSync(FILES).filter((each) => /\.(gguf|pth?|safetensors|onnx)$/.test(each))) {
      const { counts, tensors } = await compare(name, name);
      expect(tensors.filter(({ what }) => what !== "unknown")).toEqual([]);
      if (name !== "outside.onnx") expect(counts.unknown).toBe(0);
    }
  });
});

/** A file of safetensors. */
function made(tensors: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
      at += bytes.length;
      return [name, { dtype, shape, data_offsets: [at - bytes.length, at] }];
    }),
  );
  return withHeader(JSON.stringify(header), ...Object.values(tensors).map(({ bytes }) => bytes));
}

function withHeader(text: string, ...parts: Uint8Array[]): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([head, Buffer.from(text), ...parts]);
}

describe("values", () => {
  const TYPES = {
    F64: (all: number[]) => new Float64Array(all),
    F32: (all: number[]) => new Float32Array(all),
    I32: (all: number[]) => new Int32Array(all),
    U16: (all: number[]) => new Uint16Array(all),
    I8: (all: number[]) => new Int8Array(all),
    I64: (all: number[]) => new BigInt64Array(all.map((each) => BigInt(Math.trunc(each)))),
  };

  it("are counted as a plain loop counts them, whatever their type", async () => {
    const values = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(TYPES)), values, values, async (dtype, x, y) => {
        const length = Math.min(x.length, y.length);
        const typed = [x, y].map((each) => TYPES[dtype as keyof typeof TYPES](each.slice(0, length)));
        const files = typed.map((each) =>
          made({ t: { dtype, shape: [length], bytes: new Uint8Array(each.buffer) } }),
        ) as [Uint8Array, Uint8Array];
        const [a, b] = typed.map((each) => Array.from(each as ArrayLike<number>, Number)) as [number[], number[]];
        const { tensors, counts } = await compareTensors(
          { file: await tensorsOf("a.safetensors", files[0]), access: accessTo(files[0]) },
          { file: await tensorsOf("b.safetensors", files[1]), access: accessTo(files[1]) },
          { left: MUCH },
        );
        const differences = a.map((each, at) => Math.abs(each - (b[at] as number)));
        if (differences.every((each) => each === 0)) {
          expect(counts.alike).toBe(1);
          return;
        }
        const { maxDifference, relative, differing } = tensors[0]?.by ?? {};
        expect([maxDifference, differing]).toEqual([
          Math.max(...differences),
          differences.filter((each) => each > 0).length,
        ]);
        const norm = (all: number[]): number => Math.sqrt(all.reduce((sum, each) => sum + each * each, 0));
        if (norm(a) === 0) expect(relative).toBeNull();
        else expect(relative).toBeCloseTo(norm(differences) / norm(a), 9);
      }),
    );
  });

  it("floats of few bits are the numbers that they stand for", async () => {
    const one = async (dtype: string, code: number[], zero: number[], shape = [1]) => {
      const [a, b] = [zero, code].map((bytes) => made({ t: { dtype, shape, bytes: Uint8Array.from(bytes) } })) as [
        Uint8Array,
        Uint8Array,
      ];
      const { tensors } = await compareTensors(
        { file: await tensorsOf("a.safetensors", a), access: accessTo(a) },
        { file: await tensorsOf("b.safetensors", b), access: accessTo(b) },
        { left: MUCH },
      );
      return tensors[0]?.by?.maxDifference;
    };
    expect(await one("F16", [0x00, 0x3c], [0, 0])).toBe(1);
    expect(await one("F16", [0x01, 0x00], [0, 0])).toBe(2 ** -24);
    expect(await one("F16", [0xff, 0x7b], [0, 0])).toBe(65504);
    expect(await one("F16", [0x00, 0x7c], [0, 0])).toBeNull();
    expect(await one("BF16", [0x80, 0x3f], [0, 0])).toBe(1);
    expect(await one("F8_E4M3", [0x38], [0])).toBe(1);
    expect(await one("F8_E4M3", [0x7e], [0])).toBe(448);
    expect(await one("F8_E5M2", [0x3c], [0])).toBe(1);
    expect(await one("F8_E5M2", [0x7b], [0])).toBe(57344);
    expect(await one("U64", [0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0])).toBe(2 ** 32);
  });
});

describe("hostile files", () => {
  const why = async (name: string, bytes: Uint8Array): Promise<string | undefined> => {
    const file = await read(name, bytes);
    return file === null ? "null" : (file as { why?: string }).why;
  };
  const entry = (changes: object): string =>
    JSON.stringify({ t: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...changes } });
  const four = new Uint8Array(4);

  it("lies of safetensors are told, and nothing is made of them", async () => {
    expect(await why("x.safetensors", withHeader(entry({ shape: [2] }), four))).toContain("another number of bytes");
    expect(await why("x.safetensors", withHeader(entry({ data_offsets: [0, 400] }), four))).toContain("there are none");
    expect(await why("x.safetensors", withHeader(entry({ data_offsets: [4, 0] }), four))).toContain("none of a tensor");
    expect(await why("x.safetensors", withHeader(entry({ shape: [2 ** 40, 2 ** 40] }), four))).toContain("more values");
    expect(await why("x.safetensors", withHeader(entry({ shape: Array(100).fill(1) }), four))).toContain("dimensions");
    expect(await why("x.safetensors", withHeader('{"t": null}', four))).toContain("none of a tensor");
    expect(await why("x.safetensors", withHeader("{", four))).toContain("no JSON");
    expect(await why("x.safetensors", withHeader(`{"a":${"[".repeat(3)}`, four))).toContain("no JSON");
    expect(await why("x.safetensors", withHeader(`{"a":${"[".repeat(100_000)}`, four))).toContain("more parts");
    const huge = withHeader("{}", new Uint8Array(40 * 2 ** 20));
    Buffer.from(huge.buffer, huge.byteOffset).writeBigUInt64LE(BigInt(33 * 2 ** 20));
    expect(await why("x.safetensors", huge)).toContain("larger than any real one");
  });

  it("a pickle calls nobody, and leads nowhere for ever", async () => {
    const attack = Buffer.from("cos\nsystem\n(S'touch /tmp/x'\ntR.");
    expect(() => readPickle(attack)).toThrow("not understood");
    const called = readPickle(
      Buffer.concat([Buffer.from("cos\nsystem\n("), Buffer.from([0x8c, 2]), Buffer.from("idtR.")]),
    );
    expect(called).toMatchObject({ callee: { name: "os.system" }, args: ["id"], state: null });
    // A list that holds itself, and a length of 4 GiB.
    expect(readPickle(Buffer.from("]q\x00h\x00a.", "latin1"))).toHaveLength(1);
    expect(() => readPickle(Buffer.from("X\xff\xff\xff\xff", "latin1"))).toThrow("cut short");
  });

  it("whatever a byte is changed to, an answer comes, never another error", async () => {
    const names = fs.readdirSync(FILES).filter((each) => /\.(gguf|pth?|safetensors|onnx)$/.test(each));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x2e)), { minLength: 1, maxLength: 6 }),
        fc.option(fc.nat(), { freq: 4 }),
        async (name, edits, cut) => {
          const bytes = Uint8Array.from(bytesOf(name));
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
          const left = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
          const file = await readTensors(name, accessTo(left));
          if (file === null || "why" in file) return;
          await compareTensors(
            { file, access: accessTo(left) },
            { file: await tensorsOf(name), access: accessTo(bytesOf(name)) },
            { left: MUCH },
          );
        },
      ),
      { numRuns: 1500 },
    );
  });
});

it("whole numbers of 64 bits that are one as JavaScript's number are two", async () => {
  const side = async (...values: bigint[]) => {
    const header = JSON.stringify({
      ids: { dtype: "I64", shape: [values.length], data_offsets: [0, 8 * values.length] },
    });
    const bytes = Buffer.alloc(8 + header.length + 8 * values.length);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    for (const [at, value] of values.entries()) bytes.writeBigInt64LE(value, 8 + header.length + 8 * at);
    return { file: await tensorsOf("x.safetensors", bytes), access: accessTo(bytes) };
  };
  const big = 2n ** 60n;
  const { tensors } = await compareTensors(await side(big, -big, 3n), await side(big + 1n, -big, 3n), { left: MUCH });
  expect(tensors[0]).toMatchObject({ what: "changed", by: { maxDifference: 0, differing: 1, values: 3 } });
});
