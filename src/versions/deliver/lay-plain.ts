/** A version laid out for another program: plain files in a folder that is made as a whole. */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { removeTree, writeNewFile } from "../../base/disk.ts";
import { MvgitError, systemCode } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import type { CardSource } from "../../registry/card-source.ts";
import { type Delivery, formatDelivery, isSameDelivery } from "../../values/delivery.ts";
import { asLabel } from "../../values/label.ts";
import { refuseCommittedLinks } from "../../repo/committed-links.ts";
import type { Repo } from "../../repo/repo.ts";
import { registryOf } from "../registry.ts";
import type { File } from "./content.ts";
import type { Delivered } from "./deliver.ts";
import { fetchBlobs, flushMade, makeFiles, type Making } from "./make-files.ts";
import { heldBy, manifestOf, replaceWhole } from "./plain-folder.ts";
import { RECEIPT } from "./release-folder.ts";

export interface PlainRequest {
  label: string;
  /** As typed; from the current folder. */
  dir: string;
  jobs?: number | undefined;
}

/** What is to be in the folder: files of the store, and texts by path. */
interface Layout {
  weights: File[];
  texts: Map<string, Buffer>;
}

type LayOut = (source: CardSource, making: Making) => Promise<Layout>;

/** Throws what `exportVersion` throws. */
export async function layPlain(repo: Repo, request: PlainRequest, layOut: LayOut): Promise<Delivered> {
  if (asLabel(request.label) === null)
    throw new MvgitError("usage", `'${display(request.label)}' is no version, and one is laid out`, {
      subject: display(request.label),
      hint: "write MODEL@v3 or MODEL#production",
    });
  const dir = resolve(repo.cwd, request.dir);
  await refuseCommittedLinks(repo, [dir], "write to");
  try {
    return await lay(repo, { ...request, dir: fs.existsSync(dir) ? fs.realpathSync(dir) : dir }, layOut);
  } catch (error) {
    throw systemCode(error) === undefined ? error : fromSystem(error, `fill '${display(dir)}'`, display(dir));
  }
}

async function lay(repo: Repo, { label, dir, jobs }: PlainRequest, layOut: LayOut): Promise<Delivered> {
  const before = await heldBy(dir);
  const source = await registryOf(repo).cardSource(label);
  const making: Making = {
    stores: { cache: repo.cache, links: ["reflink", "copy"], remotes: () => repo.remotes() },
    watch: repo.watch,
    jobs,
    fetched: { copied: 0, bytes: 0 },
  };
  const { weights, texts } = await layOut(source, making);
  const written = [...texts].map(([path, bytes]) => ({
    path,
    hash: hashBytes(bytes),
    size: bytes.length,
    exec: false,
  }));
  const files = [...weights, ...written];
  const blake3 = await manifestOf(files);
  if (blake3 === null) throw new MvgitError("not-tracked", "there is no file in the weights of that version");
  const delivery: Delivery = {
    receipt: source.receipt,
    what: label,
    only: ["weights"],
    repository: null,
    commit: source.commit,
    files: files.length,
    size: files.reduce((sum, { size }) => sum + size, 0),
    blake3,
    time: new Date(repo.watch.clock.now()).toISOString(),
  };
  const told = { before, dir, release: dir };
  if (before !== null && isSameDelivery(before, delivery))
    return { ...told, delivery: before, outcome: "present", copied: 0, bytes: 0 };
  await fetchBlobs(
    weights.filter((file) => !repo.cache.has(file)),
    making,
  );
  texts.set(RECEIPT, Buffer.from(formatDelivery(delivery)));
  await replaceWhole(dir, (fresh) => fill(fresh, { weights, texts }, making));
  return { ...told, delivery, outcome: before === null ? "new" : "changed", ...making.fetched };
}

async function fill(fresh: string, { weights, texts }: Layout, making: Making): Promise<void> {
  const temporary = `${fresh}.tmp`;
  try {
    const made = await makeFiles(weights, { top: fresh, temporary }, making);
    for (const [path, bytes] of texts) {
      writeNewFile(join(fresh, path), bytes);
      made.push(join(fresh, path));
    }
    await flushMade(made, join(fresh, ".."));
  } finally {
    removeTree(temporary);
  }
}
