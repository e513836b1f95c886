import type { Layer } from "./check-house.mjs";

export const LAYERS: readonly Layer[];
