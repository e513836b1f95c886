/** The vendor's client by itself: `node s3.mjs up|down|up-many|down-many LOCAL PREFIX`, in the bucket `bench`. */
import { createWriteStream, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { inParallel } from "./in-parallel.mjs";

const PART = 8 << 20;
const Bucket = "bench";
const [what, local, prefix] = process.argv.slice(2);
const client = new S3Client({ forcePathStyle: true });

/** As `@aws-sdk/lib-storage` sends a file: parts, four at once. */
async function up() {
  const Key = `${prefix}/file`;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "CRC32" }));
  const { size } = statSync(local);
  const fd = openSync(local, "r");
  const numbers = Array.from({ length: Math.ceil(size / PART) }, (_, at) => at + 1);
  const Parts = await inParallel(4, numbers, async (PartNumber) => {
    const Body = Buffer.alloc(Math.min(PART, size - (PartNumber - 1) * PART));
    readSync(fd, Body, 0, Body.length, (PartNumber - 1) * PART);
    const { ETag, ChecksumCRC32 } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm: "CRC32" }),
    );
    return { ETag, ChecksumCRC32, PartNumber };
  });
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

async function get(Key, file) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  await pipeline(Body, createWriteStream(file));
}

const work = {
  up,
  down: () => get(`${prefix}/file`, local),
  "up-many": () =>
    inParallel(32, readdirSync(local), (name) =>
      client.send(new PutObjectCommand({ Bucket, Key: `${prefix}/${name}`, Body: readFileSync(join(local, name)) })),
    ),
  "down-many"() {
    mkdirSync(local);
    const names = readFileSync(`${local}.names`, "utf8").split("\n");
    return inParallel(32, names, (name) => get(`${prefix}/${name}`, join(local, name)));
  },
};
await work[what]();
