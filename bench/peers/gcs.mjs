/** The vendor's client by itself: `node gcs.mjs up|down|up-many|down-many LOCAL PREFIX`, in the bucket `bench`. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Storage } from "@google-cloud/storage";
import { inParallel } from "./in-parallel.mjs";

const [what, local, prefix] = process.argv.slice(2);
const apiEndpoint = process.env.STORAGE_EMULATOR_HOST;
// The client takes the variable for the beginning of all paths, without the version of the API.
delete process.env.STORAGE_EMULATOR_HOST;
const bucket = new Storage({ apiEndpoint, projectId: "bench" }).bucket("bench");
const NEW = { preconditionOpts: { ifGenerationMatch: 0 } };

const work = {
  up: () => bucket.upload(local, { destination: `${prefix}/file`, ...NEW }),
  down: () => bucket.file(`${prefix}/file`).download({ destination: local }),
  "up-many": () =>
    inParallel(32, readdirSync(local), (name) =>
      bucket.upload(join(local, name), { destination: `${prefix}/${name}`, resumable: false, ...NEW }),
    ),
  "down-many"() {
    mkdirSync(local);
    const names = readFileSync(`${local}.names`, "utf8").split("\n");
    return inParallel(32, names, (name) =>
      bucket.file(`${prefix}/${name}`).download({ destination: join(local, name) }),
    );
  },
};
await work[what]();
