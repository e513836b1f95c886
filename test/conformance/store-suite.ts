/** The contract of `BlobStore`, cell by cell: every store runs through it. */
import { describe, it } from "vitest";
import { stopOn } from "../../src/base/stop.ts";
import { DRAWN, drawn } from "../support/thorough.ts";
import type { Cell, StoreUnderTest } from "./blob-store/cell.ts";
import { LOOKING } from "./blob-store/looking.ts";
import { READING } from "./blob-store/reading.ts";
import { WRITING } from "./blob-store/writing.ts";

export const STORE_CELLS: readonly Cell[] = [...LOOKING, ...READING, ...WRITING];

/** Runs the suite; `make` gives a fresh, empty place each time. `count`: so many cells are drawn where not all are. */
export function describeStore(label: string, make: () => Promise<StoreUnderTest>, count = STORE_CELLS.length): void {
  const cells = drawn(count, STORE_CELLS);
  const told = cells.length < STORE_CELLS.length ? ` (${DRAWN})` : "";
  describe(`the contract of a blob store: ${label}${told}`, () => {
    it.each(cells)("$name", async ({ prove }) => {
      const place = await make();
      try {
        await prove(inProcess(place));
      } finally {
        stopOn(null);
        await place.cleanup();
      }
    });
  });
}

/** Who opens the place last is the process that the others of it belong to: what stops it stops everything. */
function inProcess(place: StoreUnderTest): StoreUnderTest {
  return {
    ...place,
    open(signal) {
      stopOn(signal ?? null);
      return place.open(signal);
    },
  };
}
