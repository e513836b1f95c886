/** Cells of connections that end, fall silent or are slow. */
import { expect } from "vitest";
import { bytesSource } from "../../../src/store/bytes.ts";
import type { FaultAction } from "../../support/faults.ts";
import { MIB, readAll } from "../bucket/cell.ts";
import { failure, type FaultCell, type Op, SMALL, type Trial } from "./trial.ts";

const CUTS: readonly FaultAction[] = [{ do: "cut" }, { do: "cut-body", after: 1 }, { do: "cut-after-commit" }];
/** Of requests that have the bytes of an object. */
const LATE_CUT: FaultAction = { do: "cut-body", after: 600_000 };

/** More than any driver asks for one piece of work, each request tried as often as it may be. */
const MANY = 80;

/**
 * Each kind of cut, at each kind of request of each work of an operation. The requests of a large object meet theirs in
 * one run.
 */
async function cutEverywhere(trial: Trial, op: Op): Promise<void> {
  for (const [at, usual] of (await trial.works(op)).entries()) {
    const kinds = await trial.kindsOf(usual);
    for (const action of usual.isLarge ? [...CUTS, LATE_CUT] : CUTS)
      for (const cut of usual.isLarge ? [kinds] : kinds.map((kind) => [kind])) {
        const work = (await trial.works(op))[at];
        if (work === undefined) throw new Error("the same works each time");
        for (const kind of cut) trial.meets(action, { kind });
        const result = await work.run(trial.bucket).catch((error: unknown) => {
          throw new Error(`${work.label}: ${JSON.stringify(action)} at ${cut.join(", ")}`, { cause: error });
        });
        await work.hold(result);
        trial.calm();
      }
  }
}

export const CUT_CELLS: readonly FaultCell[] = [
  ...(["head", "get", "putIfAbsent", "replace", "list", "delete"] as const).map((op) => ({
    name: `${op}, cut`,
    prove: (trial: Trial) => cutEverywhere(trial, op),
  })),
  {
    name: "any, cut for good",
    prove: async (trial) => {
      for (const action of [{ do: "cut" }, { do: "cut-body", after: 0 }] as const)
        for (const work of await trial.works()) {
          // An answer without a body ends with its head: that to a DELETE, and to a HEAD where a service asks by one.
          if (["delete", "head"].includes(work.op) && action.do === "cut-body") continue;
          trial.calm();
          trial.place.proxy.counts.clear();
          trial.meets(action, { times: Infinity });
          expect((await failure(work.run(trial.bucket), work.label)).code, work.label).toBe("remote-unavailable");
          expect(trial.asked(), work.label).toBeLessThan(MANY);
        }
    },
  },
  {
    name: "putIfAbsent, unheard",
    prove: async (trial) => {
      for (const bytes of [SMALL, trial.large]) {
        const name = trial.name();
        trial.meets({ do: "cut-after-commit" }, { times: Infinity });
        expect((await failure(trial.bucket.putIfAbsent(name, bytesSource(bytes)))).code).toBe("remote-unavailable");
        await trial.isWholeOrAbsent(name, bytes);
      }
    },
  },
  {
    name: "putIfAbsent, refused early",
    prove: async (trial) => {
      // One request everywhere, and more than a connection holds.
      const bytes = trial.large.subarray(0, 7 * MIB);
      const put = (name: string) => trial.bucket.putIfAbsent(name, bytesSource(bytes));
      const puts = (): number => trial.place.proxy.counts.get("put") ?? 0;
      const refused = (action: FaultAction, times = Infinity): void => {
        trial.calm();
        trial.place.proxy.counts.clear();
        trial.meets(action, { kind: "put", times });
      };
      const taken = await trial.given(SMALL);
      const found = await trial.bucket.head(taken);
      for (const lost of [{}, { lost: true }] as const) {
        refused({ do: "early", status: 412, ...lost });
        expect(await put(taken)).toEqual({ found });
        expect(puts()).toBe(1);
        refused({ do: "early", status: 503, ...lost }, 2);
        const name = trial.name();
        await trial.isThere(name, bytes, await put(name));
      }
      refused({ do: "early", status: 403 });
      expect((await failure(put(trial.name()))).code).toBe("access-denied");
      // From a refusal a driver may learn the service's clock, and ask once more.
      expect(puts()).toBeLessThan(3);
    },
  },
  {
    name: "putIfAbsent, cut late",
    prove: async (trial) => {
      const name = trial.name();
      const before = trial.place.proxy.received();
      trial.meets({ do: "cut-body", after: 3 * MIB }, { kind: "part", nth: 1 });
      await trial.isThere(name, trial.large, await trial.bucket.putIfAbsent(name, bytesSource(trial.large)));
      expect(trial.place.proxy.received() - before).toBeLessThan(trial.large.length + 8.5 * MIB);
    },
  },
  {
    name: "get, cut late",
    prove: async (trial) => {
      const name = await trial.given(trial.large);
      trial.meets({ do: "cut-body", after: 2 * MIB }, { kind: "get", times: 2 });
      expect((await readAll(trial.bucket, name)).equals(trial.large)).toBe(true);
    },
  },
  {
    name: "any, silence",
    prove: async (trial) => {
      const quick = await trial.place.impatient(60);
      for (const work of await trial.works()) {
        trial.calm();
        trial.place.proxy.counts.clear();
        trial.meets({ do: "stall" }, { times: Infinity });
        expect((await failure(work.run(quick), work.label)).code, work.label).toBe("remote-stalled");
        expect(trial.asked(), work.label).toBeLessThan(20);
      }
    },
  },
  {
    name: "putIfAbsent, silence",
    prove: async (trial) => {
      const quick = await trial.place.impatient(150);
      for (const [bytes, after] of [
        [SMALL, 1],
        [trial.large, 0],
      ] as const) {
        const name = trial.name();
        for (const kind of ["put", "part", "complete"] as const)
          trial.meets({ do: "stall-up", after }, { kind, times: Infinity });
        const { code } = await failure(quick.putIfAbsent(name, bytesSource(bytes)));
        expect(code).toMatch(/^remote-(stalled|unavailable)$/);
        await trial.isAbsent(name);
      }
    },
  },
  {
    name: "get, silence",
    prove: async (trial) => {
      const name = await trial.given(trial.large);
      trial.meets({ do: "stall", after: MIB }, { kind: "get" });
      expect((await readAll(await trial.place.impatient(500), name)).equals(trial.large)).toBe(true);
    },
  },
  {
    name: "any, slow drip",
    prove: async (trial) => {
      const patient = await trial.place.impatient(400);
      const reading = (await trial.works()).filter(({ op, isLarge }) => !isLarge && (op === "get" || op === "list"));
      for (const work of reading) {
        trial.calm();
        trial.meets({ do: "drip", pieces: 10, everyMs: 50 }, { times: Infinity });
        const result = await work.run(patient);
        trial.calm();
        await work.hold(result);
      }
    },
  },
];
