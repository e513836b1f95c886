/** What numpy writes of several arrays: an archive with a file for each. */
import { type RandomAccess, unreadable, within } from "./access.ts";
import { readNpy } from "./npy.ts";
import { checkCount, distinctNames, type Tensor, type TensorFile } from "./tensor.ts";
import { placeOf, type ZipEntry } from "./zip.ts";

const ARRAY = /\.npy$/;

/** Whether it is an archive of arrays alone. */
export function isNpz(entries: readonly ZipEntry[]): boolean {
  return entries.length > 0 && entries.every(({ name }) => ARRAY.test(name));
}

/** Throws for arrays that are packed, too: of these the archive says more than their headers do. */
export async function readNpz(access: RandomAccess, entries: readonly ZipEntry[]): Promise<TensorFile> {
  checkCount(entries.length);
  const tensors: Tensor[] = [];
  for (const entry of entries) {
    if (!entry.isStored) unreadable("its arrays are packed");
    const at = await placeOf(access, entry);
    for (const { place, ...tensor } of (await readNpy(within(access, at, entry.size))).tensors)
      tensors.push({
        ...tensor,
        name: entry.name.replace(ARRAY, ""),
        place: place && { ...place, offset: at + place.offset },
      });
  }
  return { format: "npz", tensors: distinctNames(tensors), notes: [] };
}
