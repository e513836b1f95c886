/** How a file of weights differs between two versions, tensor by tensor. */
import type { RandomAccess } from "../values/tensors/access.ts";
import { compareTensors, type TensorComparison, type TensorSource } from "../values/tensors/compare.ts";
import { readTensors } from "../values/tensors/read.ts";

/** Of a file that both have: what differs in it, or why that is not known; null for what has no tensors. */
export async function tensorChanges(
  path: string,
  sides: readonly [RandomAccess, RandomAccess],
  budget: { left: number } | null,
): Promise<{ tensors: TensorComparison } | { note: string } | null> {
  const sources: TensorSource[] = [];
  for (const access of sides) {
    const file = await readTensors(path, access);
    if (file === null) return null;
    if ("why" in file) return { note: `its tensors were not read: ${file.why}` };
    sources.push({ file, access });
  }
  const [before, after] = sources as [TensorSource, TensorSource];
  return { tensors: await compareTensors(before, after, budget) };
}
