/** Cells of refusals, and of answers that are none. */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { isMvgitError } from "../../../src/base/errors.ts";
import type { FaultAction } from "../../support/faults.ts";
import { failure, type FaultCell, type Trial, type Work } from "./trial.ts";

/** Runs each work with every request refused so: the error's code, and how many requests there were. */
async function refusals(
  trial: Trial,
  action: FaultAction,
  works: (work: Work) => boolean = () => true,
): Promise<{ label: string; code: string; asked: number }[]> {
  const ended = [];
  for (const work of (await trial.works()).filter(works)) {
    trial.calm();
    trial.place.proxy.counts.clear();
    trial.meets(action, { times: Infinity });
    const { code } = await failure(work.run(trial.bucket), `${work.label}: ${JSON.stringify(action)}`);
    ended.push({ label: work.label, code, asked: trial.asked() });
  }
  trial.calm();
  return ended;
}

/** Runs each work with its first request answered so: it goes on, and holds. */
async function recovers(trial: Trial, action: FaultAction, works: (work: Work) => boolean = () => true): Promise<void> {
  for (const work of (await trial.works()).filter(works)) {
    trial.calm();
    trial.meets(action);
    const result = await work.run(trial.bucket).catch((error: unknown) => {
      throw new Error(`${work.label}: ${JSON.stringify(action)}`, { cause: error });
    });
    trial.calm();
    await work.hold(result);
  }
}

const BUSY = [408, 409, 429, 500, 502, 503, 504];

export const ANSWER_CELLS: readonly FaultCell[] = [
  {
    name: "any, busy",
    prove: async (trial) => {
      for (const status of BUSY) await recovers(trial, { do: "status", status }, ({ isLarge }) => !isLarge);
    },
  },
  {
    name: "any, busy for good",
    prove: async (trial) => {
      for (const status of [429, 503])
        for (const { label, code, asked } of await refusals(trial, { do: "status", status })) {
          expect(code, label).toBe("remote-unavailable");
          expect(asked, label).toBeLessThan(80);
        }
    },
  },
  {
    name: "any, told when",
    prove: async (trial) => {
      for (const work of await trial.works()) {
        trial.calm();
        const before = trial.place.clock.waits.length;
        trial.meets({ do: "status", status: 429, retryAfter: "7" });
        await work.run(trial.bucket);
        expect(trial.place.clock.waits.slice(before), work.label).toContain(7000);
      }
    },
  },
  {
    name: "any, denied",
    prove: async (trial) => {
      for (const { label, code, asked } of await refusals(trial, { do: "status", status: 403 })) {
        expect(code, label).toBe("access-denied");
        expect(asked, label).toBeLessThan(6);
      }
    },
  },
  {
    name: "any, not signed in",
    prove: async (trial) => {
      for (const { label, code, asked } of await refusals(trial, { do: "status", status: 401 })) {
        expect(code, label).toBe("access-denied");
        expect(asked, label).toBeLessThan(12);
      }
      await recovers(trial, { do: "status", status: 401 }, ({ isLarge }) => !isLarge);
    },
  },
  {
    name: "any, skewed clock",
    prove: async (trial) => {
      if (trial.place.skewed === undefined) throw new Error("the place says how its service refuses a skewed clock");
      for (const { label, code } of await refusals(trial, trial.place.skewed))
        expect(code, label).toBe("access-denied");
    },
  },
  {
    name: "any, HTML",
    prove: async (trial) => {
      await recovers(trial, { do: "html" }, ({ op }) => op === "get" || op === "list");
      for (const { label, code } of await refusals(trial, { do: "html" }, ({ op }) => op !== "delete"))
        expect(code, label).toBe("remote-unavailable");
    },
  },
  {
    name: "any, success without anything",
    prove: async (trial) => {
      for (const { label, code } of await refusals(trial, { do: "hollow" }, ({ op }) => op !== "delete"))
        expect(code, label).toBe("remote-unavailable");
    },
  },
  {
    name: "any, refusal that says success",
    prove: async (trial) => {
      const refused: FaultAction = { do: "status", status: 200, text: "We encountered an internal error" };
      for (const { label, code } of await refusals(trial, refused, ({ op }) => op !== "delete"))
        expect(code, label).toBe("remote-unavailable");
    },
  },
  {
    name: "any, endless",
    prove: async (trial) => {
      for (const work of (await trial.works()).filter(({ op }) => op === "get" || op === "list")) {
        const quick = await trial.place.impatient(10_000);
        trial.calm();
        trial.meets({ do: "endless" }, { times: Infinity });
        expect((await failure(work.run(quick), work.label)).code, work.label).toBe("remote-unavailable");
      }
    },
  },
  {
    name: "any, asked twice",
    prove: async (trial) => {
      for (const work of await trial.works()) {
        trial.calm();
        trial.meets({ do: "twice" }, { times: Infinity });
        const result = await work.run(trial.bucket).catch((error: unknown) => {
          // By itself, which nobody can tell from somebody else who has the same to say.
          if (work.op !== "replace" || !isMvgitError(error, "object-exists")) throw error;
        });
        trial.calm();
        await work.hold(result);
      }
    },
  },
  {
    name: "any, sent elsewhere",
    prove: async (trial) => {
      const asked: http.IncomingHttpHeaders[] = [];
      const server = http.createServer((req, res) => {
        asked.push(req.headers);
        req.resume();
        res.end("elsewhere");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        for (const status of [301, 307])
          for (const { label, code } of await refusals(trial, { do: "redirect", to, status }))
            expect(code, label).toBe("remote-unavailable");
        expect(asked.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
  },
];
