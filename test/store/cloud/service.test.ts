/** What clouds share beside bytes: tries, pages, limits, endpoints and access. */
import { describe, expect, it } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { CLOUD_RETRY } from "../../../src/base/retry.ts";
import { inspectAccess } from "../../../src/store/cloud/access.ts";
import { endpointOf, mayCarryCredentials } from "../../../src/store/cloud/endpoint.ts";
import { withinLimit } from "../../../src/store/cloud/limit.ts";
import { allPages } from "../../../src/store/cloud/pages.ts";
import { Tries } from "../../../src/store/cloud/tries.ts";
import { judge, type Said } from "../../../src/store/cloud/verdict.ts";
import { WaitlessClock } from "../../support/watch.ts";
import { PURPOSE } from "./reader.ts";

const NOTHING: Said = { message: "", isRateLimit: false };
const reply = (status: number, headers: Record<string, string> = {}) => ({ status, headers, text: "" });

function newTries(): { tries: Tries; clock: WaitlessClock; renewals: () => number } {
  const clock = new WaitlessClock();
  let renewed = 0;
  const tries = new Tries({
    clock,
    signal: new AbortController().signal,
    retry: CLOUD_RETRY,
    judge: (answer) => judge(answer, NOTHING, { purpose: PURPOSE, now: clock.now() }),
    renew: async () => void renewed++,
  });
  return { tries, clock, renewals: () => renewed };
}

describe("tries", () => {
  it("renew the sign-in once, then refuse it in the service's words", async () => {
    const { tries, renewals } = newTries();
    await tries.after(reply(401));
    expect(renewals()).toBe(1);
    await expect(tries.after(reply(401))).rejects.toMatchObject({ code: "access-denied", hint: "sign in" });
    expect(renewals()).toBe(1);
  });

  it("wait as long as the other side asks, and give up", async () => {
    const { tries, clock } = newTries();
    await tries.after(reply(503, { "retry-after": "7" }));
    expect(clock.waits).toEqual([7000]);
    const giveUp = async (): Promise<void> => {
      for (let nth = 0; nth < 20; nth++) await tries.after(reply(429));
    };
    await expect(giveUp()).rejects.toMatchObject({ code: "remote-unavailable" });
    expect(clock.waits).toHaveLength(CLOUD_RETRY.tries - 1);
  });

  it("throw at once what another try cannot mend", async () => {
    const { tries, clock } = newTries();
    await expect(tries.after(reply(403))).rejects.toMatchObject({ code: "access-denied" });
    await expect(tries.failed(new MvgitError("object-missing", "gone"))).rejects.toMatchObject({
      code: "object-missing",
    });
    expect(clock.waits).toEqual([]);
  });
});

describe("pages", () => {
  const collect = async (pages: Record<string, { items: number[]; next: string | null }>): Promise<number[]> => {
    const found: number[] = [];
    for await (const item of allPages(async (token) => pages[token] ?? { items: [], next: null }, PURPOSE))
      found.push(item);
    return found;
  };

  it("come one after the other, and never in a circle", async () => {
    expect(await collect({ "": { items: [1, 2], next: "a" }, a: { items: [3], next: null } })).toEqual([1, 2, 3]);
    await expect(collect({ "": { items: [1], next: "a" }, a: { items: [2], next: "a" } })).rejects.toMatchObject({
      code: "remote-unavailable",
    });
  });
});

describe("a limit", () => {
  const late = (): MvgitError => new MvgitError("remote-stalled", "late");
  const never = (): Promise<never> => new Promise(() => {});

  it("ends what does not answer, and lets an answer through", async () => {
    const { signal } = new AbortController();
    const limit = { clock: new WaitlessClock(), signal, ms: 10, late };
    await expect(withinLimit(never, limit)).rejects.toMatchObject({ code: "remote-stalled" });
    expect(await withinLimit(async () => 5, { ...limit, ms: 1000 })).toBe(5);
  });

  it("gives the signal's reason when that came first", async () => {
    const reason = new Error("stop");
    const limit = { clock: new WaitlessClock(), signal: AbortSignal.abort(reason), ms: 10, late };
    await expect(withinLimit(never, limit)).rejects.toBe(reason);
  });
});

describe("an endpoint", () => {
  it("is scheme, host and port, and gets credentials only where nobody listens", () => {
    expect(endpointOf("http://localhost:4443/", [])).toBe("http://localhost:4443");
    expect(() => endpointOf("https://host/path", ["https://a", "https://b"])).toThrow("not the endpoint");
    expect(mayCarryCredentials("https://host", false)).toBe(true);
    expect(mayCarryCredentials("http://127.0.0.1:1", true)).toBe(true);
    expect(mayCarryCredentials("http://127.0.0.1:1", false)).toBe(false);
    expect(mayCarryCredentials("http://host", true)).toBe(false);
  });
});

describe("access", () => {
  const inspection = {
    bucket: "bucket",
    needed: [
      { permission: "get", use: "read", role: "Reader" },
      { permission: "put", use: "write", role: "Writer" },
    ],
    identity: async () => "somebody",
    granted: async () => new Set(["get"]),
  };

  it("names what is missing and the role to ask for", async () => {
    expect(await inspectAccess(inspection)).toEqual({
      identity: "somebody",
      checks: [
        { what: "bucket 'bucket' answers", ok: true },
        { what: "may read", ok: true },
        { what: "may write", ok: false, advice: "'put' is missing: ask for the role Writer on bucket 'bucket'" },
      ],
    });
  });

  it("reports whatever goes wrong", async () => {
    const refused = new MvgitError("access-denied", "no", { hint: "do" });
    const report = await inspectAccess({ ...inspection, identity: () => Promise.reject(refused) });
    expect(report).toEqual({ identity: "nobody", checks: [{ what: "signed in", ok: false, advice: "no; do" }] });
  });
});
