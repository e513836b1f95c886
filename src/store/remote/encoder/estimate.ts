/** What a plan would take in the remote, by a few of its parts: whether it is worth more than the whole blob. */
import type { Region } from "../../../encoding/types.ts";
import type { RandomAccess } from "../../../values/tensors/access.ts";
import { mapOrdered } from "../../../base/tasks.ts";
import { code } from "./code-job.ts";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Coder, Plain } from "./coder.ts";
import type { DeltaBases } from "./deltas.ts";
import type { FreshBytes } from "./fresh.ts";
import type { FreshPart, Part } from "./parts.ts";

/** Parts that are tried. */
const TRIED = 16;
/** Parts that are encoded at once: as many as keep all threads busy. */
export const AT_ONCE = 6;
/** Bytes at each place that is looked at before all of a blob is read, and how many: few where it is not large. */
const [SPOT, SPOTS, FEW_SPOTS, LARGE] = [32 * 1024, 8, 3, 8 * 1024 * 1024];
/** Bytes of a part in a recipe, about. */
const OVERHEAD = 57;
/** Less is not worth that the blob is no object of its own, which any tool can read: a share of it, */
const LEAST_SHARE = 0.1;
/** and bytes: at the prices of clouds, two more objects cost to write what so much costs to keep for two months. */
const LEAST_SAVED = 256 * 1024;

/** What is needed to store parts. */
export interface Means {
  fresh: FreshBytes;
  bases: DeltaBases;
  coder: Coder;
}

/** Bytes that the new parts and the recipe would take, about. */
export async function estimate(parts: readonly Part[], means: Means): Promise<number> {
  const fresh = parts.filter((part) => part.kind === "fresh");
  const all = fresh.reduce((sum, { length }) => sum + length, 0);
  let [plain, stored] = [0, 0];
  const coded = mapOrdered(sample(fresh), AT_ONCE, async (part) => {
    const { stored: bytes } = await means.coder.codeAhead(await plainOf(part, means));
    return { plain: part.length, stored: bytes.length };
  });
  for await (const each of coded) {
    plain += each.plain;
    stored += each.stored;
  }
  return (plain === 0 ? 0 : all * (stored / plain)) + parts.length * OVERHEAD;
}

/** Whether the bytes of a blob alone, without any other, may take less than the whole blob. */
export async function savesAlone(access: RandomAccess, regions: readonly Region[]): Promise<boolean> {
  const { size } = access;
  let [plain, stored] = [0, 0];
  const spots = size < LARGE ? FEW_SPOTS : SPOTS;
  for (let spot = 0; spot < spots; spot++) {
    const start = Math.floor((size * spot) / spots);
    const bytes = await access.read(start, Math.min(SPOT, size - start));
    const { width } = regions.findLast((each) => each.start <= start) as Region;
    const coded = await code({ plain: bytes, width, codec: null });
    stored += coded.stored?.length ?? bytes.length;
    plain += bytes.length;
  }
  return isWorthIt(size * (stored / plain), size);
}

/** Whether so many bytes are few enough for a blob of that size. */
export function isWorthIt(bytes: number, size: number): boolean {
  return size - bytes >= Math.max(LEAST_SAVED, size * LEAST_SHARE);
}

/** From all over, by their bytes rather than by their number. */
function sample(parts: readonly FreshPart[]): FreshPart[] {
  if (parts.length <= TRIED) return [...parts];
  const all = parts.reduce((sum, { length }) => sum + length, 0);
  const chosen: FreshPart[] = [];
  let passed = 0;
  for (const part of parts) {
    passed += part.length;
    if (passed >= (all * (chosen.length + 0.5)) / TRIED) chosen.push(part);
  }
  return chosen;
}

/** The bytes of a new part, and the base of one that is a whole block of a tensor. */
export async function plainOf(
  { start, length, piece, patched }: FreshPart,
  { fresh, bases }: Pick<Means, "fresh" | "bases">,
): Promise<Plain> {
  const { region } = piece;
  if (length === piece.length) return { span: fresh.span(piece), region, base: patched ?? (await bases.of(piece)) };
  const bytes = (await fresh.piece(piece)).subarray(start - piece.start, start - piece.start + length);
  const span = { length, hash: hashBytes(bytes), file: null, read: async () => bytes };
  return { span, region, base: patched ?? null };
}
