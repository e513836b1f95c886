/** A remote over a bucket in which somebody else works, or that lies. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { Remote } from "../../src/store/remote/remote.ts";

const RIGHT = Buffer.from("the right bytes");
const HASH = hashBytes(RIGHT);
let folder: string;
const file = (): string => join(folder, blobName(HASH));

beforeEach(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-remote-"));
  await new Remote("store", new FolderBucket(folder)).write(HASH, bytesSource(RIGHT));
  replace("cut");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function replace(bytes: string | Buffer): void {
  fs.rmSync(file(), { force: true });
  fs.writeFileSync(file(), bytes);
}

/** Somebody else acts just before an object is replaced, or just before one is written. */
class Raced extends FolderBucket {
  before: { replace?: () => void; put?: () => void } = {};

  override async replace(...args: Parameters<FolderBucket["replace"]>): Promise<void> {
    this.#act("replace");
    return super.replace(...args);
  }

  override async putIfAbsent(
    ...args: Parameters<FolderBucket["putIfAbsent"]>
  ): ReturnType<FolderBucket["putIfAbsent"]> {
    this.#act("put");
    return super.putIfAbsent(...args);
  }

  #act(when: "replace" | "put"): void {
    const act = this.before[when];
    delete this.before[when];
    act?.();
  }
}

it("what somebody else mended before the exchange is theirs, and stays", async () => {
  const bucket = new Raced(folder);
  let theirs = 0;
  bucket.before.replace = () => {
    replace(RIGHT);
    theirs = fs.statSync(file()).ino;
  };
  expect(await new Remote("store", bucket).write(HASH, bytesSource(RIGHT))).toBe("present");
  expect(fs.readFileSync(file()).equals(RIGHT)).toBe(true);
  expect(fs.statSync(file()).ino).toBe(theirs);
});

it("what somebody else damaged again before the exchange is looked at again", async () => {
  const bucket = new Raced(folder);
  bucket.before.replace = () => replace("cut in another way");
  expect(await new Remote("store", bucket).write(HASH, bytesSource(RIGHT))).toBe("replaced");
  expect(fs.readFileSync(file()).equals(RIGHT)).toBe(true);
});

it("nothing is deleted for bytes that are not the blob's", async () => {
  const wrong = Buffer.from("the wrong bytes");
  const error: unknown = await new Remote("store", new FolderBucket(folder))
    .write(HASH, bytesSource(wrong))
    .catch((caught: unknown) => caught);
  expect(isMvgitError(error, "blob-damaged")).toBe(true);
  expect(fs.readFileSync(file(), "utf8")).toBe("cut");
});
