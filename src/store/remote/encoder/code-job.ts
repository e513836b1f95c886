/** How one new part of a blob is stored: chosen, encoded and held against its bytes, here or in a thread. */
import type { Job } from "../../../base/job.ts";
import { chooseCodec, encodePiece } from "../../../encoding/codecs/choose.ts";
import { decode } from "../../../encoding/codecs/codecs.ts";
import { isDelta } from "../../../encoding/coded.ts";
import type { Codec, Region } from "../../../encoding/types.ts";

export interface CodeRequest {
  plain: Uint8Array;
  /** What it may be told as a difference from. */
  base?: Uint8Array;
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
  const sample = { plain, ...(base !== undefined && { base }) };
  const chosen = wanted ?? (await chooseCodec([sample], width));
  const raw: CodeAnswer = { chosen, codec: "raw", stored: null, isExact: true };
  if (chosen === "raw") return raw;
  const { codec, stored } = await encodePiece(chosen, plain, base);
  if (codec === "raw") return raw;
  const again = await decode(codec, stored, { length: plain.length, ...(isDelta(codec) && base && { base }) });
  return { chosen, codec, stored, isExact: Buffer.compare(again, plain) === 0 };
}

/** Bytes in shared memory pass without a copy. */
export const codeJob: Job<null, CodeRequest, CodeAnswer> = { name: "code", start: () => code };
