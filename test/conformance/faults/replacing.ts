/** Cells of what is replaced while it is a certain version, and of whoever does not hear whether it was. */
import { expect } from "vitest";
import { isMvgitError } from "../../../src/base/errors.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import type { FaultAction } from "../../support/faults.ts";
import { noise } from "../noise.ts";
import { readAll, versionOf } from "../bucket/cell.ts";
import { failure, type FaultCell, OTHER, SMALL, type Trial } from "./trial.ts";

/** Of somebody else; as long as ours, which is all that a look tells. */
const THEIRS = noise(OTHER.length, "theirs");

const replaceWith = (trial: Trial, { name, version }: { name: string; version: string }, bytes = OTHER) =>
  trial.bucket.replace(name, version, bytesSource(bytes));

/** Bytes that were there before, or ours, whole, whatever was told; whoever looks again goes on from them. */
async function isWholeEitherWay(trial: Trial, name: string): Promise<void> {
  trial.calm();
  const read = await readAll(trial.bucket, name);
  expect([SMALL, OTHER].some((bytes) => read.equals(bytes))).toBe(true);
  await replaceWith(trial, { name, version: await versionOf(trial.bucket, name) }, THEIRS);
  await trial.isReplaced(name, THEIRS);
}

/** Ways in which a write ends of which nobody knows what became: done or not, and told or not. */
const UNTOLD: readonly FaultAction["do"][] = ["cut", "cut-after-commit", "refuse-after-commit"];

const refusedAfter = (status: number): FaultAction => ({ do: "refuse-after-commit", status });

export const REPLACE_CELLS: readonly FaultCell[] = [
  {
    name: "replace, done and refused",
    prove: async (trial) => {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        const given = await trial.replaceable();
        trial.meets(refusedAfter(status), { kind: "put" });
        await replaceWith(trial, given).catch((error: unknown) => {
          throw new Error(`refused by ${status}`, { cause: error });
        });
        await trial.isReplaced(given.name);
      }
    },
  },
  {
    name: "replace, unheard",
    prove: async (trial) => {
      for (const action of [{ do: "cut-after-commit" }, refusedAfter(503)] as const) {
        const given = await trial.replaceable();
        trial.meets(action, { times: Infinity });
        expect((await failure(replaceWith(trial, given))).code).toBe("remote-unavailable");
        await isWholeEitherWay(trial, given.name);
      }
    },
  },
  {
    name: "replace, beaten",
    prove: async (trial) => {
      for (const how of UNTOLD) {
        const given = await trial.replaceable();
        const { name } = given;
        const meanwhile = async (): Promise<void> =>
          replaceWith(trial, { name, version: await versionOf(trial.bucket, name) }, THEIRS);
        trial.meets({ do: how, status: 503, meanwhile } as FaultAction, { kind: "put" });
        const { code } = await failure(replaceWith(trial, given), how);
        expect(code, how).toBe("object-exists");
        await trial.isReplaced(name, THEIRS);
      }
    },
  },
  {
    name: "replace, refused as another",
    prove: async (trial) => {
      for (const status of [409, 412]) {
        const given = await trial.replaceable();
        trial.meets({ do: "status", status }, { kind: "put" });
        await replaceWith(trial, given);
        await trial.isReplaced(given.name);
        const again = await trial.replaceable();
        trial.meets({ do: "status", status }, { kind: "put", times: Infinity });
        expect((await failure(replaceWith(trial, again))).code).toBe("remote-unavailable");
        await trial.isReplaced(again.name, SMALL);
      }
    },
  },
  {
    name: "replace, stored other bytes",
    prove: async (trial) => {
      for (const action of [{ do: "half" }, { do: "garbled" }] as const) {
        const given = await trial.replaceable();
        trial.meets(action, { kind: "put" });
        const outcome = await replaceWith(trial, given).catch((error: unknown) => error);
        if (outcome !== undefined && !isMvgitError(outcome, "remote-unavailable")) throw outcome;
        trial.calm();
        if (outcome !== undefined)
          await replaceWith(trial, { ...given, version: await versionOf(trial.bucket, given.name) });
        await trial.isReplaced(given.name);
      }
    },
  },
  {
    name: "replace, looked at badly",
    prove: async (trial) => {
      const looks: FaultAction[] = [
        { do: "cut" },
        { do: "status", status: 503 },
        { do: "short" },
        { do: "short", said: true },
        { do: "html" },
      ];
      for (const look of looks)
        for (const kind of ["get", "head"] as const) {
          // A look has no bytes, and a page in the place of an answer without any is told at once.
          if (kind === "head" && (look.do === "short" || look.do === "html")) continue;
          const given = await trial.replaceable();
          trial.meets({ do: "cut-after-commit" }, { kind: "put" });
          // The first look may be the one before anything is sent.
          for (const nth of kind === "head" ? [1, 3] : [1]) trial.meets(look, { kind, nth });
          await replaceWith(trial, given).catch((error: unknown) => {
            throw new Error(`${kind}: ${JSON.stringify(look)}`, { cause: error });
          });
          await trial.isReplaced(given.name);
        }
    },
  },
  {
    name: "replace, in parts",
    prove: async (trial) => {
      for (const how of UNTOLD) {
        const given = await trial.replaceable();
        for (const kind of ["part", "complete"] as const)
          trial.meets({ do: how, status: 503 } as FaultAction, { kind });
        await replaceWith(trial, given, trial.large).catch((error: unknown) => {
          throw new Error(how, { cause: error });
        });
        await trial.isReplaced(given.name, trial.large);
      }
      const given = await trial.replaceable();
      await replaceWith(trial, given, THEIRS);
      expect((await failure(replaceWith(trial, given, trial.large))).code).toBe("object-exists");
      await trial.isReplaced(given.name, THEIRS);
    },
  },
  {
    name: "replace, silence",
    prove: async (trial) => {
      const quick = await trial.place.impatient(150);
      const given = await trial.replaceable();
      trial.meets({ do: "stall-up", after: 1 }, { kind: "put", times: Infinity });
      const { code } = await failure(quick.replace(given.name, given.version, bytesSource(OTHER)));
      expect(code).toMatch(/^remote-(stalled|unavailable)$/);
      await trial.isReplaced(given.name, SMALL);
    },
  },
];
