/** How one new part of a blob is stored: chosen, encoded and held against its bytes, here or in a thread. */
import type { Job } from "../../../base/job.ts";
import { chooseCodec, encodePiece } from "../../../encoding/codecs/choose.ts";
import { decode } from "../../../encoding/codecs/codecs.ts";
import { encodeIfPatch } from "../../../encoding/codecs/patch.ts";
import { withScratch } from "../../../encoding/codecs/scratch.ts";
import { isDelta } from "../../../encoding/coded.ts";
import type { Codec, Region } from "../../../encoding/types.ts";
import { type FileSpan, SpanReader } from "./spans.ts";

/** `Bytes`: as they are, or where they lie. */
export interface CodeRequest<Bytes = Uint8Array> {
  plain: Bytes;
  /** What it may be told as a difference from. */
  base?: Bytes;
  width: Region["width"];
  /** Null: it is to be chosen by these bytes. */
  codec: Codec | null;
}

export interface CodeAnswer {
  /** What was asked for, or chosen. */
  chosen: Codec;
  /** What was used: raw, where the other gained nothing. */
  codec: Codec;
  /** Null where they are the plain ones. */
  stored: Uint8Array | null;
  /** Whether the stored bytes give back what they were made of. */
  isExact: boolean;
}

/** Never keeps the bytes that it was given. */
export async function code({ plain, base, width, codec: wanted }: CodeRequest): Promise<CodeAnswer> {
  if (wanted === "patch") return codePatch(plain, base, width);
  const sample = { plain, ...(base !== undefined && { base }) };
  const chosen = wanted ?? (await chooseCodec([sample], width));
  const raw: CodeAnswer = { chosen, codec: "raw", stored: null, isExact: true };
  if (chosen === "raw") return raw;
  const { codec, stored } = await encodePiece(chosen, plain, base);
  if (codec === "raw") return raw;
  const isExact = await withScratch(async (scratch) => {
    const expected = {
      length: plain.length,
      ...(isDelta(codec) && base && { base }),
      into: scratch.bytes(plain.length),
    };
    return Buffer.compare(await decode(codec, stored, expected), plain) === 0;
  });
  return { chosen, codec, stored, isExact };
}

/** By itself where its base has little of it. */
async function codePatch(plain: Uint8Array, base: Uint8Array | undefined, width: Region["width"]): Promise<CodeAnswer> {
  const stored = base === undefined ? null : await encodeIfPatch(plain, base);
  if (stored === null || base === undefined) return code({ plain, width, codec: null });
  const again = await decode("patch", stored, { length: plain.length, base });
  return { chosen: "patch", codec: "patch", stored, isExact: Buffer.compare(again, plain) === 0 };
}

/** Null where bytes of a file are not what they must be. */
async function codeThere(
  { plain, base, ...how }: CodeRequest<Uint8Array | FileSpan>,
  reader: SpanReader,
): Promise<CodeAnswer | null> {
  const bytesOf = (span: Uint8Array | FileSpan, use: string): Uint8Array | null =>
    span instanceof Uint8Array ? span : reader.read(span, use);
  const bytes = bytesOf(plain, "plain");
  const known = base === undefined ? undefined : bytesOf(base, "base");
  if (bytes === null || known === null) return null;
  return code({ ...how, plain: bytes, ...(known !== undefined && { base: known }) });
}

/** Bytes in shared memory pass without a copy. */
export const codeJob: Job<null, CodeRequest<Uint8Array | FileSpan>, CodeAnswer | null> = {
  name: "code",
  start: () => {
    const reader = new SpanReader();
    return (request) => codeThere(request, reader);
  },
  // What is small is a part of memory that others have their parts of.
  given: (answer) => {
    const stored = answer?.stored;
    return stored && stored.byteLength === stored.buffer.byteLength ? [stored.buffer as ArrayBuffer] : [];
  },
};
