/** Cells of bytes that are not the object's, up and down. */
import { expect } from "vitest";
import { isMvgitError } from "../../../src/base/errors.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { type FaultAction, type RequestKind, SENDING } from "../../support/faults.ts";
import { MIB, readAll } from "../bucket/cell.ts";
import { failure, type FaultCell, SMALL, type Trial } from "./trial.ts";

const PART = { start: 10, end: 100, of: SMALL.length };

/** Kinds of requests in which an object's bytes go, and the size of one that has them. */
const sendings = (trial: Trial): [RequestKind, Buffer][] => [
  ["put", SMALL],
  ["part", trial.large],
  ["complete", trial.large],
];

/** Other bytes than were sent become the object, once: told, or mended. */
async function storesOther(trial: Trial, action: FaultAction): Promise<void> {
  for (const [kind, bytes] of sendings(trial)) {
    const name = trial.name();
    trial.meets(action, { kind });
    const outcome = await trial.bucket.putIfAbsent(name, bytesSource(bytes)).catch((error: unknown) => error);
    if (isMvgitError(outcome, "remote-unavailable")) await trial.isWholeOrAbsent(name, bytes);
    else await trial.isThere(name, bytes, outcome);
  }
}

export const BYTE_CELLS: readonly FaultCell[] = [
  {
    name: "get, short",
    prove: async (trial) => {
      const name = await trial.given(SMALL);
      for (const action of [{ do: "short" }, { do: "short", said: true }] as const) {
        trial.meets(action, { kind: "get" });
        expect((await readAll(trial.bucket, name, PART)).equals(SMALL.subarray(10, 100))).toBe(true);
        trial.calm();
        trial.meets(action, { kind: "get", times: Infinity });
        expect((await failure(readAll(trial.bucket, name, PART))).code).toBe("remote-unavailable");
        trial.calm();
      }
    },
  },
  {
    name: "get, long",
    prove: async (trial) => {
      const name = await trial.given(SMALL);
      for (const action of [{ do: "long" }, { do: "long", said: true }] as const) {
        trial.meets(action, { kind: "get", times: Infinity });
        expect((await failure(readAll(trial.bucket, name, PART))).code).toBe("remote-unavailable");
        trial.calm();
      }
    },
  },
  {
    name: "get, wrong bytes",
    prove: async (trial) => {
      const [small, large] = [await trial.given(SMALL), await trial.given(trial.large)];
      for (const [name, range] of [
        [small, undefined],
        [small, { start: 0, end: SMALL.length, of: SMALL.length }],
        [large, { start: 0, end: trial.large.length, of: trial.large.length }],
      ] as const) {
        trial.meets({ do: "wrong-bytes" }, { kind: "get", times: Infinity });
        expect((await failure(readAll(trial.bucket, name, range))).code).toBe("remote-unavailable");
        trial.calm();
      }
    },
  },
  {
    name: "get, no such range",
    prove: async (trial) => {
      const name = await trial.given(SMALL);
      trial.meets({ do: "status", status: 416 }, { kind: "get", times: Infinity });
      expect((await failure(readAll(trial.bucket, name, PART))).code).toBe("remote-unavailable");
    },
  },
  { name: "putIfAbsent, stored less", prove: (trial) => storesOther(trial, { do: "half" }) },
  { name: "putIfAbsent, stored other bytes", prove: (trial) => storesOther(trial, { do: "garbled" }) },
  {
    name: "putIfAbsent, stored less for good",
    prove: async (trial) => {
      for (const bytes of [SMALL, trial.large]) {
        const name = trial.name();
        for (const kind of SENDING) trial.meets({ do: "half" }, { kind, times: Infinity });
        expect((await failure(trial.bucket.putIfAbsent(name, bytesSource(bytes)))).code).toBe("remote-unavailable");
        await trial.isWholeOrAbsent(name, bytes);
      }
    },
  },
  {
    name: "putIfAbsent, refused as present",
    prove: async (trial) => {
      const refused: [number, RequestKind, Buffer][] = [
        [409, "put", SMALL],
        [412, "put", SMALL],
        [412, "begin", trial.large],
        [409, "complete", trial.large],
        [412, "complete", trial.large],
      ];
      for (const [status, kind, bytes] of refused) {
        const name = trial.name();
        trial.meets({ do: "status", status }, { kind });
        await trial.isThere(name, bytes, await trial.bucket.putIfAbsent(name, bytesSource(bytes)));
        trial.calm();
      }
    },
  },
  {
    name: "putIfAbsent, denied halfway",
    prove: async (trial) => {
      for (const kind of ["part", "complete"] as const) {
        const name = trial.name();
        trial.meets({ do: "status", status: 403 }, { kind });
        expect((await failure(trial.bucket.putIfAbsent(name, bytesSource(trial.large)))).code).toBe("access-denied");
        await trial.isAbsent(name);
        await trial.isWholeOrAbsent(name, trial.large);
      }
    },
  },
  {
    name: "putIfAbsent, forgotten halfway",
    prove: async (trial) => {
      const { forgotten } = trial.place;
      if (forgotten === undefined) throw new Error("the place says how its service forgets an upload");
      const name = trial.name();
      trial.meets(forgotten.action, { kind: forgotten.kind });
      await trial.isThere(name, trial.large, await trial.bucket.putIfAbsent(name, bytesSource(trial.large)));
    },
  },
  {
    name: "putIfAbsent, expired halfway",
    prove: async (trial) => {
      const { expired } = trial.place;
      if (expired === undefined) throw new Error("the place says how its service refuses old credentials");
      for (const kind of ["part", "complete"] as const) {
        const name = trial.name();
        const before = trial.place.proxy.received();
        trial.meets(expired, { kind });
        await trial.isThere(name, trial.large, await trial.bucket.putIfAbsent(name, bytesSource(trial.large)));
        expect(trial.place.proxy.received() - before).toBeLessThan(trial.large.length + 8.5 * MIB);
      }
    },
  },
];
