/** Arrays of numpy, and what ONNX keeps in nodes of its graph. */
import { describe, expect, it } from "vitest";
import { readTensors } from "../../../src/values/tensors/read.ts";
import { accessTo, noise, npyOf, zipOf } from "../../support/containers.ts";

const told = async (name: string, bytes: Uint8Array): Promise<string[] | string | null> => {
  const file = await readTensors(name, accessTo(bytes));
  if (file === null || "why" in file) return file?.why ?? null;
  return file.tensors.map(
    ({ name: tensor, dtype, shape, place }) => `${tensor} ${dtype} [${shape.join()}] ${place?.offset} ${place?.length}`,
  );
};

describe("an array of numpy", () => {
  it("is a tensor", async () => {
    expect(await told("a.npy", npyOf("<f4", [5, 2], noise(40)))).toEqual(["array f32 [5,2] 128 40"]);
    expect(await told("a.npy", npyOf("<f8", [], noise(8)))).toEqual(["array f64 [] 128 8"]);
    expect(await told("a.npy", npyOf("|b1", [3], noise(3)))).toEqual(["array bool [3] 128 3"]);
    expect(await told("a.npy", npyOf(">f4", [1], noise(4)))).toEqual(["array big-endian f4 [1] 128 4"]);
    expect(await told("a.npy", npyOf("|V2", [2], noise(4)))).toEqual(["array bf16 [2] 128 4"]);
    expect(await told("a.npy", npyOf("<U3", [2], noise(24)))).toEqual(["array u3 [2] 128 24"]);
  });

  it("that says another size, or is of objects, is none", async () => {
    expect(await told("a.npy", npyOf("<f4", [5, 3], noise(40)))).toMatch(/another number of bytes/);
    expect(await told("a.npy", npyOf("<f4", [2 ** 40, 2 ** 40], noise(40)))).toMatch(/more values/);
    expect(await told("a.npy", npyOf("|O", [5], noise(40)))).toMatch(/no plain array/);
    expect(await told("a.npy", npyOf("<f4", [5], noise(20)).subarray(0, 60))).toMatch(/cut short/);
    expect(await told("a.npy", Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff..", "latin1"))).toMatch(/larger/);
  });
});

describe("an archive of arrays of numpy", () => {
  const arrays = [
    { name: "a.npy", bytes: npyOf("<f4", [5, 2], noise(40)) },
    { name: "deep/b.npy", bytes: npyOf("<i8", [1], noise(8)) },
  ];

  it("has a tensor for each", async () => {
    expect(await told("a.npz", zipOf(arrays))).toEqual(["a f32 [5,2] 163 40", "deep/b i64 [1] 371 8"]);
  });

  it("that has something else, or is packed, is none", async () => {
    expect(await told("a.npz", zipOf([...arrays, { name: "x", bytes: noise(3) }]))).toMatch(/not of torch.save/);
    expect(await told("a.npz", zipOf(arrays.map((array) => ({ ...array, isPacked: true }))))).toMatch(/packed/);
    expect(await told("a.npz", zipOf([{ name: "a.npy", bytes: noise(40) }]))).toMatch(/no array/);
  });
});

describe("a header of safetensors", () => {
  const fileOf = (header: string): Buffer => {
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length);
    return Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]);
  };

  it("with more or deeper parts than any real one is not parsed: they would take fifty times its bytes", async () => {
    const words = "its header has more parts than any real one";
    expect(await told("a.safetensors", fileOf(`{"a":${"[".repeat(40)}${"]".repeat(40)}}`))).toBe(words);
    expect(await told("a.safetensors", fileOf(`{"a":[${"{},".repeat(700_000)}{}]}`))).toBe(words);
    expect(await told("a.safetensors", fileOf(`{"a":"${"[".repeat(40)}\\"${"{".repeat(700_000)}"}`))).toMatch(
      /none of/,
    );
  });
});

/** A field of protobuf: a message, a text, or a number. */
function field(number: number, value: Uint8Array | number): Buffer {
  if (typeof value === "number") return Buffer.from([...varint(number * 8), ...varint(value)]);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(value.length)]), value]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

const all = (...fields: Buffer[]): Buffer => Buffer.concat(fields);
const tensor = (name: string, values: number): Buffer =>
  all(
    field(1, values),
    field(2, 1),
    ...(name === "" ? [] : [field(8, Buffer.from(name))]),
    field(9, noise(4 * values)),
  );
const node = (output: string, attribute: Buffer): Buffer =>
  all(field(1, Buffer.from("in")), field(2, Buffer.from(output)), field(4, Buffer.from("Op")), field(5, attribute));
const model = (graph: Buffer): Buffer => all(field(1, 8), field(7, graph), field(8, field(2, 17)));

describe("a model of ONNX", () => {
  it("has what its nodes have as constants, and graphs in nodes, except for a few numbers", async () => {
    const inner = all(field(5, tensor("weight", 300)), field(1, node("", field(5, tensor("", 400)))));
    const graph = all(
      field(1, node("const", field(5, tensor("", 500)))),
      field(1, node("small", field(5, tensor("", 8)))),
      field(1, node("if", field(6, inner))),
      field(1, node("if", field(11, inner))),
      field(5, tensor("top", 2)),
    );
    expect(((await told("m.onnx", model(graph))) as string[]).map((line) => line.split(" f32")[0])).toEqual([
      "const",
      "weight",
      "",
      "weight (2)",
      " (2)",
      "top",
    ]);
  });

  it("whose graphs lie in each other without end is none", async () => {
    let graph = field(5, tensor("deep", 300));
    for (let depth = 0; depth < 40; depth++) graph = field(1, node("if", field(6, graph)));
    expect(await told("m.onnx", model(graph))).toMatch(/deeper/);
  });
});
