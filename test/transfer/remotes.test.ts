/** Several remotes that are asked one after the other: what each way to fail leads to, and what is said of it. */
import { describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import type { ObjectName, ObjectRange } from "../../src/store/bucket.ts";
import { bytesSource, readAll } from "../../src/store/bytes.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { Remotes } from "../../src/transfer/remotes.ts";
import { NotGiven } from "../../src/transfer/said.ts";
import type { Hash } from "../../src/values/hash.ts";
import { LyingBucket } from "../support/lying-bucket.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { codeOf } from "../support/refusal.ts";
import { testWatch } from "../support/watch.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const one = { hash: hashBytes(bytes("one")), size: 3 };
const two = { hash: hashBytes(bytes("second")), size: 6 };
const large = Buffer.alloc(3_000_000, "large");
const big = { hash: hashBytes(large), size: large.length };

/** Fails each reading of a blob once `after` bytes of it were given. */
class FailingBucket extends MemoryBucket {
  after = Infinity;
  reads = 0;
  error = new MvgitError("remote-stalled", "nothing came");

  override async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (name.startsWith("blobs/")) this.reads++;
    let left = name.startsWith("blobs/") ? this.after : Infinity;
    for await (const chunk of super.get(name, range)) {
      if (left < chunk.length) {
        if (left > 0) yield chunk.subarray(0, left);
        throw this.error;
      }
      left -= chunk.length;
      yield chunk;
    }
  }
}

async function remoteOf(name: string, blobs: readonly Buffer[], bucket = new FailingBucket(`memory://${name}`)) {
  const remote = new Remote(name, bucket);
  await remote.place.prepare();
  for (const each of blobs) await remote.write(hashBytes(each), bytesSource(each));
  return { name, remote, bucket, opened: 0 };
}

type Made = Awaited<ReturnType<typeof remoteOf>>;

function asking(made: readonly Made[]) {
  const watch = testWatch();
  const askable = made.map((each) => ({
    name: each.name,
    address: each.bucket.address,
    open: async () => {
      each.opened++;
      // As it is for a new process.
      return new Remote(each.name, each.bucket);
    },
  }));
  return { remotes: new Remotes(askable, watch), watch, to: new MemoryStore("the cache") };
}

const damage = ({ bucket }: Made, hash: Hash, text: string): void => bucket.put(blobName(hash), bytes(text));
const denied = new MvgitError("access-denied", "you may not read this");
const away = new MvgitError("remote-unavailable", "no answer");
const readOf = async (remotes: Remotes, hash: Hash): Promise<string | undefined> =>
  (await readAll(remotes.read(hash), big.size))?.toString();

describe("copying", () => {
  it("asks nobody but the first while it has all", async () => {
    const [a, b] = [await remoteOf("a", [bytes("one")]), await remoteOf("b", [bytes("one")])];
    const { remotes, watch, to } = asking([a, b]);
    expect(await remotes.copyTo(to, [one])).toMatchObject({ copied: 1, bytes: 3, failed: [] });
    expect([a.opened, b.opened, watch.told]).toEqual([1, 0, []]);
  });

  it("opens none where nothing is absent", async () => {
    const a = await remoteOf("a", []);
    const { remotes, to } = asking([a]);
    to.keep(bytes("one"));
    expect(await remotes.copyTo(to, [one])).toMatchObject({ copied: 0, present: 1 });
    expect(a.opened).toBe(0);
  });

  it("takes from the next what one lacks, has damaged or with another size, and tells each remote's part", async () => {
    const [a, b] = [
      await remoteOf("a", [bytes("one"), bytes("second"), large]),
      await remoteOf("b", [bytes("second"), large]),
    ];
    const c = await remoteOf("c", [bytes("third"), large]);
    damage(a, two.hash, "sec0nd");
    damage(a, big.hash, "cut");
    damage(b, big.hash, "cut too");
    const third = { hash: hashBytes(bytes("third")), size: 5 };
    const { remotes, watch, to } = asking([a, b, c]);
    const report = await remotes.copyTo(to, [one, two, big, third]);
    expect(report).toMatchObject({ copied: 4, failed: [], bytes: 3 + 6 + big.size + 5 });
    expect(report.given.map(({ remote, copied }) => `${remote}: ${copied}`)).toEqual([
      "remote 'a': 1",
      "remote 'b': 1",
      "remote 'c': 2",
    ]);
    expect(watch.told.map((each) => each.split("; ")[0])).toMatchInlineSnapshot(`
      [
        "warning: 2 blobs came from another remote, because remote 'a' has them damaged",
        "1 blob came from another remote, because remote 'a' does not have it",
        "warning: 1 blob came from another remote, because remote 'b' has it damaged",
      ]
    `);
  });

  it.each([
    ["cannot be opened", (made: Made) => void (made.bucket.failure = away)],
    ["goes away while blobs come", (made: Made) => void (made.bucket.after = 0)],
    ["goes away in the middle of a blob", (made: Made) => void (made.bucket.after = 1_000_000)],
  ])("goes on with the next where one %s, and says so once", async (_, spoil) => {
    const [a, b] = [await remoteOf("a", [large, bytes("one")]), await remoteOf("b", [large, bytes("one")])];
    spoil(a);
    const { remotes, watch, to } = asking([a, b]);
    const { copied, present, failed } = await remotes.copyTo(to, [big, one]);
    // What was under way when the first failed came too, and is there when the next one is asked.
    expect({ came: copied + present, failed }).toEqual({ came: 2, failed: [] });
    expect([...to.blobs.keys()].toSorted()).toEqual([big.hash, one.hash].toSorted());
    const opened = a.opened;
    expect(await readOf(remotes, one.hash)).toBe("one");
    expect(a.opened).toBe(opened);
    expect(watch.told).toHaveLength(1);
    expect(watch.told[0]).toMatch(/^remote 'a' cannot be used: .*; remote 'b' is asked instead$/);
  });

  it("takes from the same remote what else it gives where it refuses one blob", async () => {
    const [a, b] = [await remoteOf("a", [bytes("one"), bytes("second")]), await remoteOf("b", [bytes("one")])];
    const get = a.bucket.get.bind(a.bucket);
    a.bucket.get = (name, range) => {
      if (name === blobName(one.hash)) throw denied;
      return get(name, range);
    };
    const { remotes, to } = asking([a, b]);
    expect(await remotes.copyTo(to, [one, two])).toMatchObject({
      failed: [],
      given: [
        { remote: "remote 'a'", copied: 1 },
        { remote: "remote 'b'", copied: 1 },
      ],
    });
  });

  it("tells of what nobody gives what each one said, and brings the rest", async () => {
    const [a, b, c] = [
      await remoteOf("a", []),
      await remoteOf("b", [bytes("one"), bytes("second")]),
      await remoteOf("c", []),
    ];
    damage(b, two.hash, "sec0nd");
    c.bucket.failure = away;
    const { remotes, to } = asking([a, b, c]);
    const { copied, failed } = await remotes.copyTo(to, [one, two]);
    expect(copied).toBe(1);
    expect(failed).toEqual([
      {
        hash: two.hash,
        why: "damaged",
        where: "remotes 'a', 'b' and 'c'",
        said: [
          { remote: "remote 'a'", said: "missing" },
          { remote: "remote 'b'", said: "damaged" },
          { remote: "remote 'c'", said: away },
        ],
      },
    ]);
  });

  it("throws what the target throws, whoever gives", async () => {
    const [a, b] = [await remoteOf("a", [bytes("one")]), await remoteOf("b", [bytes("one")])];
    const { remotes, to } = asking([a, b]);
    to.write = async () => {
      throw new MvgitError("disk-full", "no space left");
    };
    expect(await codeOf(remotes.copyTo(to, [one]))).toBe("disk-full");
    expect(b.opened).toBe(0);
  });

  it("stops where the user says so", async () => {
    const [a, b] = [await remoteOf("a", []), await remoteOf("b", [bytes("one")])];
    const { remotes, watch, to } = asking([a, b]);
    watch.stop();
    expect(await codeOf(remotes.copyTo(to, [one]))).toBe("interrupted");
  });

  it("throws what a remote throws that alone may be asked", async () => {
    const a = await remoteOf("a", [bytes("one")]);
    a.bucket.failure = denied;
    const { remotes, watch, to } = asking([a]);
    expect(await codeOf(remotes.copyTo(to, [one]))).toBe("access-denied");
    expect(watch.told).toEqual([]);
  });
});

describe("reading", () => {
  it("is verified, and begins with the first remote that has it right", async () => {
    const [a, b] = [await remoteOf("a", [bytes("one")]), await remoteOf("b", [bytes("one")])];
    damage(a, one.hash, "0ne");
    const { remotes, watch } = asking([a, b]);
    expect(await readOf(remotes, one.hash)).toBe("one");
    expect((await remotes.readSmall(one.hash, 10))?.toString()).toBe("one");
    expect(watch.told[0]).toBe(
      `warning: blob ${one.hash.slice(0, 10)} is damaged in remote 'a'; remote 'b' is asked instead`,
    );
  });

  it("goes on with the next remote in the middle of a blob, of a range too", async () => {
    const [a, b] = [await remoteOf("a", [large]), await remoteOf("b", [large])];
    a.bucket.after = 1_234_567;
    expect((await readAll(asking([a, b]).remotes.read(big.hash), big.size))?.equals(large)).toBe(true);
    const range = { start: 5, end: 2_500_005, of: big.size };
    const part = await readAll(asking([a, b]).remotes.read(big.hash, range), big.size);
    expect(part?.equals(large.subarray(5, 2_500_005))).toBe(true);
  });

  it("fails where what was given before was wrong", async () => {
    const [a, b] = [await remoteOf("a", [large]), await remoteOf("b", [large])];
    const other = Buffer.from(large);
    other[7] = 0;
    a.bucket.put(blobName(big.hash), other);
    expect(await codeOf(readAll(asking([a, b]).remotes.read(big.hash), big.size))).toBe("blob-damaged");
    a.bucket.after = 1_234_567;
    expect(await codeOf(readAll(asking([a, b]).remotes.read(big.hash), big.size))).toBe("blob-damaged");
  });

  it("calls missing only what every remote is certain not to have", async () => {
    const short = one.hash.slice(0, 10);
    const [a, b] = [await remoteOf("a", []), await remoteOf("b", [])];
    const { remotes } = asking([a, b]);
    expect(await remotes.stat(one.hash)).toBeNull();
    expect(await remotes.readSmall(one.hash, 10)).toBeNull();
    expect(await codeOf(readOf(remotes, one.hash))).toBe("blob-missing");
    expect(remotes.missing(one.hash).message).toBe(
      `no remote gives blob ${short}: remote 'a' does not have it; remote 'b' does not have it`,
    );
    b.bucket.failure = away;
    const unsure = asking([a, b]).remotes;
    expect(await codeOf(unsure.stat(one.hash))).toBe("remote-unavailable");
    const error = await readOf(unsure, one.hash).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotGiven);
    expect((error as Error).message).toBe(
      `no remote gives blob ${short}: remote 'a' does not have it; remote 'b' cannot be used: no answer`,
    );
  });

  it("takes a remote that lies once for what it is", async () => {
    const liar = new LyingBucket("memory://liar");
    const a = await remoteOf("a", [large, bytes("one")], liar as unknown as FailingBucket);
    const b = await remoteOf("b", [large, bytes("one")]);
    const { remotes, to } = asking([a, b]);
    expect((await remotes.copyTo(to, [one, big])).failed).toEqual([]);
    expect(to.blobs.get(big.hash)?.length).toBe(big.size);
  });
});
