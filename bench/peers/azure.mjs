/** The vendor's client by itself: `node azure.mjs make|up|down|up-many|down-many LOCAL PREFIX`, in one container. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { inParallel } from "./in-parallel.mjs";

const [what, local, prefix] = process.argv.slice(2);
const service = BlobServiceClient.fromConnectionString(process.env.AZURE_STORAGE_CONNECTION_STRING);
const container = service.getContainerClient("bench");
const blob = (name) => container.getBlockBlobClient(`${prefix}/${name}`);
const PARTS = { blockSize: 8 << 20, concurrency: 4 };

const work = {
  make: () => container.createIfNotExists(),
  up: () => blob("file").uploadFile(local, PARTS),
  down: () => blob("file").downloadToFile(local),
  "up-many": () => inParallel(32, readdirSync(local), (name) => blob(name).uploadFile(join(local, name))),
  "down-many"() {
    mkdirSync(local);
    const names = readFileSync(`${local}.names`, "utf8").split("\n");
    return inParallel(32, names, (name) => blob(name).downloadToFile(join(local, name)));
  },
};
await work[what]();
