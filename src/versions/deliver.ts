/** What a delivery is to those who read one: the report of it, and what its folder holds. */
import type { Delivery } from "../values/delivery.ts";
import { DeliveryFolder } from "./deliver/release-folder.ts";

export type { Delivered } from "./deliver/deliver.ts";

/** What a folder (absolute) that `get` or `export` filled holds now, null for nothing of mvgit's. */
export function deliveryIn(folder: string): Delivery | null {
  return DeliveryFolder.open(folder, { force: true }).delivery();
}
