/** The mark of a remote, and how it goes up a format. */
import { beforeEach, describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import type { ObjectName } from "../../src/store/bucket.ts";
import { type BlobSource, bytesSource } from "../../src/store/bytes.ts";
import { MARK, newMark, raisedMark, readMark } from "../../src/store/remote/mark.ts";
import { type Acquaintance, Place } from "../../src/store/remote/place.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { errorCode } from "../conformance/bucket/cell.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";

const ID = "0123456789abcdef0123456789abcdef";

describe("a mark", () => {
  it("is read as it is written, of both formats", () => {
    expect(readMark(newMark())).toMatchObject({ kind: "mark", format: 1, id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(raisedMark(ID)).toBe(`{"mvgit": 2, "id": "${ID}"}\n`);
    expect(readMark(raisedMark(ID))).toEqual({ kind: "mark", format: 2, id: ID });
  });

  it("keeps what identified a remote that had no id", () => {
    expect(readMark('{"mvgit": 1}\n')).toEqual({ kind: "mark", format: 1, id: null });
    expect(raisedMark("made 1700000000123")).toBe('{"mvgit": 2, "made": 1700000000123}\n');
    expect(readMark(raisedMark("made 1700000000123"))).toMatchObject({ format: 2, id: "made 1700000000123" });
    for (const made of ["-1", "1.5", '"1"', "1e30", "null"])
      expect(readMark(`{"mvgit": 2, "made": ${made}}\n`)).toMatchObject({ kind: "mark", id: null });
    // A mark of the first format says no such thing.
    expect(readMark('{"mvgit": 1, "made": 5}\n')).toMatchObject({ id: null });
  });

  it("that went up is a newer one for an mvgit of before", () => {
    expect(readMark(raisedMark(ID), 1)).toEqual({ kind: "newer", format: 2 });
    expect(readMark('{"mvgit": 3}\n')).toEqual({ kind: "newer", format: 3 });
  });

  it("that was cut anywhere is damaged, and never another one", () => {
    for (const whole of [newMark(), raisedMark(ID), raisedMark("made 17")])
      for (let length = 0; length < whole.length - 2; length++)
        expect(readMark(whole.slice(0, length)).kind).toBe("cut");
  });
});

describe("a remote", () => {
  let bucket: MemoryBucket;
  const text = (): string => Buffer.from(bucket.objects.get(MARK)?.bytes ?? "").toString();
  const place = (known?: string): Place => {
    const acquaintance: Acquaintance = { known, wasUsed: true, meet: () => undefined };
    return new Place("remote 'store'", bucket, known === undefined ? undefined : acquaintance);
  };

  beforeEach(() => void (bucket = new MemoryBucket()));

  it("goes up once, and stays the one that it is", async () => {
    const first = place();
    await first.prepare();
    const { id } = first;
    expect([first.format, readMark(text()).kind]).toEqual([1, "mark"]);
    expect(await first.raise()).toBe(true);
    expect(text()).toBe(raisedMark(id));
    expect(first.format).toBe(2);
    const version = bucket.objects.get(MARK)?.version;
    const second = place(id);
    await second.look();
    expect([second.id, second.format, second.identity]).toEqual([id, 2, first.identity]);
    for (const each of [first, second]) await each.raise();
    expect(bucket.objects.get(MARK)?.version).toBe(version);
  });

  it("of an older mvgit keeps the identity that its age gave it", async () => {
    await bucket.putIfAbsent(MARK, bytesSource(Buffer.from('{"mvgit": 1}\n')));
    const found = bucket.objects.get(MARK);
    if (found) found.created = 1_600_000_000_000;
    const known = "made 1600000000000";
    const first = place(known);
    await first.look();
    await first.raise();
    for (const each of [place(known), place()]) {
      await each.look();
      expect([each.id, each.format]).toEqual([known, 2]);
    }
  });

  it("goes up once where several do it at once", async () => {
    await place().prepare();
    const all = Array.from({ length: 8 }, () => place());
    await Promise.all(all.map((each) => each.look()));
    await Promise.all(all.map((each) => each.raise()));
    expect(all.map(({ format }) => format)).toEqual(all.map(() => 2));
    expect(text()).toBe(raisedMark(all[0]?.id ?? ""));
  });

  it("is of the one format or the other wherever a process dies that raises it", async () => {
    await place().prepare();
    const before = text();
    for (const isDone of [false, true]) {
      const dying = new Place("remote 'store'", new DyingBucket(bucket, isDone));
      await dying.look();
      expect(await errorCode(dying.raise())).toBe("interrupted");
      expect(text()).toBe(isDone ? raisedMark(dying.id) : before);
      const next = place(dying.id);
      await next.look();
      await next.raise();
      expect(text()).toBe(raisedMark(dying.id));
      bucket.put(MARK, Buffer.from(before));
    }
  });

  it("stays where nothing may be replaced, and that is told", async () => {
    for (const code of ["access-denied", "not-supported", "file-unreadable"] as const) {
      const first = place();
      await first.prepare();
      const before = text();
      bucket.replace = () => Promise.reject(new MvgitError(code, "no"));
      expect([await first.raise(), first.format, text()]).toEqual([false, 1, before]);
      bucket.replace = () => Promise.reject(new MvgitError("remote-unavailable", "cut"));
      expect(await errorCode(first.raise())).toBe("remote-unavailable");
      bucket = new MemoryBucket();
    }
  });

  it("that another one took the place of is not raised", async () => {
    const first = place();
    await first.prepare();
    bucket.put(MARK, Buffer.from(newMark()));
    expect(await errorCode(first.raise())).toBe("remote-foreign");
    bucket.objects.delete(MARK);
    expect(await errorCode(first.raise())).toBe("remote-foreign");
  });

  it("of a later format is asked for nothing", async () => {
    bucket.put(MARK, Buffer.from(`{"mvgit": 3, "id": "${ID}"}\n`));
    const remote = new Remote("store", bucket);
    const hash = hashBytes(Buffer.from("x"));
    for (const work of [() => remote.stat(hash), () => remote.write(hash, bytesSource(Buffer.from("x")))])
      await expect(work()).rejects.toMatchObject({ code: "format-newer", hint: "update mvgit" });
  });
});

/** Whose process dies with the request that replaces, or just after it was done. */
class DyingBucket extends MemoryBucket {
  readonly #isDone: boolean;

  constructor(bucket: MemoryBucket, isDone: boolean) {
    super();
    this.#isDone = isDone;
    Object.assign(this, { objects: bucket.objects });
  }

  override async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    if (this.#isDone) await super.replace(name, version, source);
    throw new MvgitError("interrupted", "killed");
  }
}
