/** Uploads in parts to any service: what is sent, gone on with, abandoned. */
import { expect, it } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import type { PutOutcome } from "../../../src/store/bucket.ts";
import { type BlobSource, bytesSource } from "../../../src/store/bytes.ts";
import { Memory } from "../../../src/store/cloud/memory.ts";
import { PARTS_MEMORY, partSizeOf, uploadParts } from "../../../src/store/cloud/part-upload.ts";
import { errorCode, MIB, reusingSource } from "../../conformance/bucket/cell.ts";
import { noise } from "../../conformance/noise.ts";
import { TestService, TestSessions } from "./part-service.ts";

/** Three parts, the last one short. */
const BYTES = noise(20 * MIB);

interface Told {
  source?: BlobSource;
  sessions?: TestSessions;
  memory?: Memory;
}

function upload(service: TestService, told: Told = {}): Promise<PutOutcome> {
  const {
    source = reusingSource(BYTES, 300_001),
    sessions = new TestSessions(),
    memory = new Memory(PARTS_MEMORY),
  } = told;
  return uploadParts({ service, name: "thing", source, sessions: sessions.asSessions, memory });
}

const cut = (): never => {
  throw new MvgitError("remote-unavailable", "cut");
};

it("sends parts at once, and makes the object of them", async () => {
  const service = new TestService();
  expect(await upload(service)).toBe("written");
  expect(service.object?.equals(BYTES)).toBe(true);
  expect(service.busiest).toBe(3);
  expect(service.asked).toEqual(["begin upload 1", "part 0", "part 1", "part 2", "commit"]);
});

it("goes on with the parts that are there and right, in the next process", async () => {
  const service = new TestService();
  const sessions = new TestSessions();
  service.beforePart = ({ index }) => (index === 2 ? cut() : undefined);
  expect(await errorCode(upload(service, { sessions }))).toBe("remote-unavailable");
  expect([service.object, service.uploads.size, sessions.size]).toEqual([null, 1, 1]);
  const [parts] = service.uploads.values();
  parts?.set(1, Buffer.alloc(8 * MIB));
  service.beforePart = () => undefined;
  service.asked.length = 0;
  expect(await upload(service, { sessions })).toBe("written");
  expect(service.asked).toEqual(["kept upload 1", "part 1", "part 2", "commit"]);
  expect(service.object?.equals(BYTES)).toBe(true);
  expect(sessions.size).toBe(0);
});

it("keeps parts of another size, or more of them, for none of its own", async () => {
  const service = new TestService();
  const sessions = new TestSessions([["test://bucket thing 20971520", "upload 1"]]);
  await service.begin();
  service.uploads.set("upload 1", new Map([0, 1, 7].map((index) => [index, BYTES.subarray(0, 5 * MIB)])));
  expect(await upload(service, { sessions })).toBe("written");
  expect(service.object?.equals(BYTES)).toBe(true);
});

it.each([
  ["begins anew where the service forgot the upload before it went on", "remembered"],
  ["begins anew where it forgets it at a part", "part"],
  ["begins anew where it forgets it at the end, or nothing came of it", "commit"],
])("%s", async (_, when) => {
  const service = new TestService();
  const sessions = new TestSessions(when === "remembered" ? [["test://bucket thing 20971520", "upload of old"]] : []);
  let isForgotten = false;
  const forget = (): void => {
    if (!isForgotten) service.uploads.clear();
    isForgotten = true;
  };
  service.beforePart = ({ index }) => (when === "part" && index === 1 ? forget() : undefined);
  service.beforeCommit = () => (when === "commit" ? forget() : undefined);
  expect(await upload(service, { sessions })).toBe("written");
  expect(service.object?.equals(BYTES)).toBe(true);
  expect([service.uploads.size, sessions.size]).toEqual([0, 0]);
});

it("gives up where nothing comes of it, time after time", async () => {
  const service = new TestService();
  service.beforeCommit = () => service.uploads.clear();
  expect(await errorCode(upload(service))).toBe("remote-unavailable");
  expect(service.asked.filter((each) => each === "commit")).toHaveLength(8);
});

it("abandons what is of use to nobody: another object is there, the source is inexact or fails", async () => {
  const taken = new TestService();
  taken.object = Buffer.from("another");
  expect(await upload(taken)).toMatchObject({ found: { size: 7 } });
  expect(taken.asked.at(-1)).toBe("abandon upload 1");

  const own = new MvgitError("changed-while-reading", "the file changed");
  const sources: [string, Iterable<Uint8Array>][] = [
    ["blob-damaged", [BYTES.subarray(0, -1)]],
    ["blob-damaged", [BYTES, Buffer.from("x")]],
    [
      "changed-while-reading",
      (function* () {
        yield BYTES.subarray(1);
        throw own;
      })(),
    ],
  ];
  for (const [code, chunks] of sources) {
    const service = new TestService();
    const sessions = new TestSessions();
    expect(await errorCode(upload(service, { sessions, source: { size: BYTES.length, open: () => chunks } }))).toBe(
      code,
    );
    expect([service.object, service.uploads.size, sessions.size]).toEqual([null, 0, 0]);
    expect(service.asked).not.toContain("commit");
  }
});

it("abandons what was cut only where nobody could go on with it", async () => {
  const service = new TestService();
  service.beforePart = cut;
  const failed = uploadParts({
    service,
    name: "thing",
    source: bytesSource(BYTES),
    sessions: undefined,
    memory: new Memory(PARTS_MEMORY),
  });
  expect(await errorCode(failed)).toBe("remote-unavailable");
  expect(service.uploads.size).toBe(0);
});

it("reads no further than a part that failed, and throws when nothing is under way any more", async () => {
  const service = new TestService();
  let onTheWay = 0;
  service.beforePart = async ({ index }) => {
    onTheWay++;
    if (index === 1) cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
    onTheWay--;
  };
  let read = 0;
  const source: BlobSource = {
    size: 160 * MIB,
    *open() {
      for (; read < 160; read++) yield BYTES.subarray(0, MIB);
    },
  };
  expect(await errorCode(upload(service, { source }))).toBe("remote-unavailable");
  expect(onTheWay).toBe(1);
  expect(read).toBeLessThan(90);
});

it("holds no more in memory than is lent, whoever sends at once; what is larger than that goes alone", async () => {
  const memory = new Memory(2 * 8 * MIB);
  const service = new TestService();
  const others = [new TestService(), new TestService()];
  await Promise.all([service, ...others].map((each) => upload(each, { memory })));
  expect(service.busiest).toBeLessThanOrEqual(2);
  const few = new TestService(2);
  expect(await upload(few, { memory: new Memory(8 * MIB) })).toBe("written");
  expect([few.busiest, few.heaviest]).toEqual([1, 10 * MIB]);
  expect(few.object?.equals(BYTES)).toBe(true);
});

it("makes parts larger where there would be too many", () => {
  expect(partSizeOf(17 * MIB, 10_000)).toBe(8 * MIB);
  expect(partSizeOf(80_000 * MIB, 10_000)).toBe(8 * MIB);
  expect(partSizeOf(80_000 * MIB + 1, 10_000)).toBe(9 * MIB);
  const most = 5 * MIB * MIB;
  expect(Math.ceil(most / partSizeOf(most, 10_000))).toBeLessThanOrEqual(10_000);
});
