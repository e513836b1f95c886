/**
 * The fault plan, cell by cell: what each driver must do when its service, or the way to it, fails. The table is in
 * `docs/testing.md`.
 *
 *     describeFaults("s3:// on versitygw", async () => {
 *       const proxy = await startFaultProxy({ target: server.url, service: S3_SERVICE });
 *       const clock = new WaitlessClock();
 *       return { proxy, clock, bucket: await openOn(proxy.url, { clock }), impatient: …, cleanup: … };
 *     }, { "get, wrong bytes": "this server tells no sums" });
 *
 * All cells share one place. A driver names what does not apply to it, by cell or operation, with the reason.
 */
import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import { ANSWER_CELLS } from "./faults/answers.ts";
import { BYTE_CELLS } from "./faults/bytes.ts";
import { CUT_CELLS } from "./faults/cuts.ts";
import { REPLACE_CELLS } from "./faults/replacing.ts";
import { type FaultCell, type FaultedPlace, type Lacks, Trial } from "./faults/trial.ts";

export const FAULT_CELLS: readonly FaultCell[] = [...CUT_CELLS, ...ANSWER_CELLS, ...BYTE_CELLS, ...REPLACE_CELLS];

export function describeFaults(label: string, open: () => Promise<FaultedPlace>, lacks: Lacks = {}): void {
  describe(`the fault plan: ${label}`, () => {
    let place: FaultedPlace;
    beforeAll(async () => {
      place = await open();
    }, 60_000);
    afterEach(() => place.proxy.faults.clear());
    afterAll(() => place.cleanup());
    for (const { name, prove } of FAULT_CELLS) {
      const reason = lacks[name] ?? lacks[name.split(", ")[0] ?? ""];
      if (reason === undefined) it(name, () => prove(new Trial(place, name, lacks)), 60_000);
      else it.skip(`${name} (does not apply: ${reason})`, () => undefined);
    }
  });
}
