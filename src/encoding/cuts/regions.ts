/** What a file consists of, told by its bytes alone: what it is called says nothing. */
import { isParquet, parquetParts } from "../../values/archives/parquet.ts";
import { isTar, tarFiles } from "../../values/archives/tar.ts";
import { type RandomAccess, Unreadable, unreadable, within } from "../../values/tensors/access.ts";
import { isGguf, readGguf } from "../../values/tensors/gguf.ts";
import { mayBeOnnx, readOnnx } from "../../values/tensors/onnx.ts";
import { isNpy, readNpy } from "../../values/tensors/npy.ts";
import { readZipped } from "../../values/tensors/read.ts";
import { isSafetensors, readSafetensors } from "../../values/tensors/safetensors.ts";
import type { Tensor } from "../../values/tensors/tensor.ts";
import { endsAsZip, isZip, listZip, placeOf } from "../../values/tensors/zip.ts";
import type { Region } from "../types.ts";
import { apart, LEAST, type Span, Spans, regionsFrom } from "./spans.ts";

/** Archives in archives that are looked into, and how large what is in one must be for a look. */
const [DEEPEST, WORTH_A_LOOK] = [2, 256 * 1024];

/**
 * All of a file, in order. What is of no format that is known, or lies about where its parts are, is one region. Never
 * throws for what the bytes are, but for what `access` throws.
 */
export async function regionsOf(access: RandomAccess): Promise<Region[]> {
  return (await regionsIn(access, 0)) ?? regionsFrom([], access.size);
}

/** Null for what is of no format that is known, or is not as it says. */
async function regionsIn(access: RandomAccess, depth: number): Promise<Region[] | null> {
  const start = await access.read(0, Math.min(access.size, 512));
  return readable(async () => {
    const spans = await spansOf(access, start, depth);
    return spans && regionsFrom(spans, access.size);
  });
}

/** Null where the bytes turn out not to be what they begin as. */
async function readable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    // A number that was right for the file and is none for an array.
    if (error instanceof Unreadable || error instanceof RangeError) return null;
    throw error;
  }
}

async function spansOf(access: RandomAccess, start: Uint8Array, depth: number): Promise<readonly Span[] | null> {
  if (isGguf(start)) return tensorSpans((await readGguf(access)).tensors);
  if (isZip(start)) return zipSpans(access, depth);
  if (isNpy(start)) return tensorSpans((await readNpy(access)).tensors);
  if (isParquet(start)) return parquetSpans(access);
  if (isTar(start)) return tarSpans(access, depth);
  if (await mayBeOnnx(access, start)) return tensorSpans((await readOnnx(access)).tensors);
  if (isSafetensors(start, access.size)) return tensorSpans((await readSafetensors(access)).tensors);
  return (await endsAsZip(access)) ? zipSpans(access, depth) : null;
}

const WIDTHS: Readonly<Record<string, Region["width"]>> = { bf16: 2, f16: 2, f32: 4 };

function tensorSpans(tensors: readonly Tensor[]): readonly Span[] {
  const spans = new Spans();
  for (const { name, dtype, shape, place, layout } of tensors) {
    if (place === null) continue;
    // Values in steps are values all the same; in any other layout they are no longer of that type.
    const isPlain = layout === undefined || layout.startsWith("strides");
    spans.add({
      start: place.offset,
      length: place.length,
      kind: "tensor",
      width: (isPlain ? WIDTHS[dtype] : undefined) ?? 1,
      identity: `${name} ${dtype} ${shape.join("x")}`,
    });
  }
  return spans.all;
}

async function parquetSpans(access: RandomAccess): Promise<readonly Span[]> {
  const spans = new Spans();
  for (const part of (await parquetParts(access)).members) {
    const { offset, length } = await part.locate(access);
    spans.add({ start: offset, length, kind: "part", width: 1 });
  }
  return spans.all;
}

/** As far as it can be followed: one that is cut short has good members all the same. */
async function tarSpans(access: RandomAccess, depth: number): Promise<readonly Span[]> {
  const spans = new Spans();
  await readable(async () => {
    for await (const file of tarFiles(access))
      await addMember({ access, spans, depth }, { name: file.name, ...(await file.locate(access)) });
  });
  return spans.all;
}

/** An archive of torch.save or numpy has tensors; what else is in it stands between them. */
async function zipSpans(access: RandomAccess, depth: number): Promise<readonly Span[]> {
  const weights = await readable(async () => readZipped(access));
  if (weights !== null) return apart(tensorSpans(weights.tensors));
  const entries = await listZip(access);
  const spans = new Spans();
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.header - b.header)) {
    // Told before anything is read: of a list that is a lie each entry would cost a read.
    if (entry.header < end) unreadable("members of it overlap");
    end = entry.header + entry.packed;
    if (entry.packed < LEAST) continue;
    const part = { name: entry.name, offset: await placeOf(access, entry), length: entry.packed };
    await addMember({ access, spans, depth: entry.isStored ? depth : DEEPEST }, part);
  }
  return spans.all;
}

/** A member of an archive, or the regions of what it is itself. */
async function addMember(
  { access, spans, depth }: { access: RandomAccess; spans: Spans; depth: number },
  { name, offset, length }: { name: string; offset: number; length: number },
): Promise<void> {
  const whole: Span = { start: offset, length, kind: "part", width: 1 };
  const inside =
    depth < DEEPEST && length >= WORTH_A_LOOK ? await regionsIn(within(access, offset, length), depth + 1) : null;
  for (const region of inside ?? [whole])
    spans.add({
      ...region,
      start: inside === null ? region.start : offset + region.start,
      kind: region.kind === "tensor" ? "tensor" : "part",
      ...(region.identity === undefined ? {} : { identity: `${name}/${region.identity}` }),
    });
}
