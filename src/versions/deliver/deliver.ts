/** Files of a version into a folder that others read: complete, verified, flushed, then shown all at once. */
import * as fs from "node:fs";
import { join } from "node:path";
import { andMore } from "../../base/counts.ts";
import { createFile, discardTree, writeAll } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { display } from "../../base/paths.ts";
import type { Watch } from "../../base/watch.ts";
import type { GitReader } from "../../git/reader.ts";
import { type Delivery, formatDelivery, isSameDelivery } from "../../values/delivery.ts";
import { nothingSeen } from "../../values/seen.ts";
import { readerOf } from "../../values/settings-file.ts";
import type { OnEvents } from "../../registry/labels.ts";
import { afterSight, checkLinks, checkSight, type Sight } from "../../registry/seen-events.ts";
import { hashFile } from "../../worktree/read-file.ts";
import { look } from "../../worktree/stamp.ts";
import { type Content, contentOf } from "./content.ts";
import { DeliveryFolder } from "./release-folder.ts";
import { fetchBlobs, flushMade, makeFiles, type Stores as BlobStores } from "./make-files.ts";
import type { Part } from "./parts.ts";

/** Where the bytes are had from. */
interface Stores extends BlobStores {
  /** The cache is the folder's own, and keeps no more than what its releases share. */
  isOwn: boolean;
}

export interface DeliverRequest {
  /** Absolute. */
  dir: string;
  force: boolean;
  reader: GitReader;
  parts: readonly Part[];
  /** Of a label; null for a revision of Git. */
  sight?: Sight | null;
  /** Take what the label means now although the folder has seen something that is not there any more. */
  acceptOlder?: boolean | undefined;
  /** What it is; the files' part is filled in. */
  about: Pick<Delivery, "receipt" | "what" | "only" | "repository" | "commit">;
  /** `state`: a folder inside of DIR that is there and ours. */
  stores(state: string): Stores;
  watch: Watch;
  jobs?: number | undefined;
}

export interface Delivered {
  /** `present`: DIR held it already, and every byte was looked at. */
  outcome: "new" | "changed" | "present";
  delivery: Delivery;
  before: Delivery | null;
  /** Absolute. */
  dir: string;
  /** The folder of the files themselves, which keeps this version until the change after the next. */
  release: string;
  /** Blobs that were fetched, and their bytes. */
  copied: number;
  bytes: number;
}

/**
 * Throws what a store throws, `blob-missing` and `blob-damaged` naming the file, `name-clash`; DIR then shows what it
 * did before.
 */
export async function deliver(request: DeliverRequest): Promise<Delivered> {
  try {
    const folder = DeliveryFolder.open(request.dir, request);
    return await folder.locked(() => fill(folder, request));
  } catch (error) {
    throw systemCode(error) === undefined
      ? error
      : fromSystem(error, `fill '${display(request.dir)}'`, display(request.dir));
  }
}

async function fill(folder: DeliveryFolder, request: DeliverRequest): Promise<Delivered> {
  const seen = request.acceptOlder ? nothingSeen() : folder.seen();
  if (request.sight) checkSight(seen, request.sight, goOn(request.about.repository));
  const stores = request.stores(folder.state);
  const content = await contentOf({ ...request, only: request.about.only }, stores);
  const [left] = content.left;
  if (left)
    request.watch.warn(
      `left out '${display(left)}'${andMore(content.left.length - 1)}: ${readerOf(left)} would read or run ` +
        `what stands there; '--only ${display(left)}' brings it`,
    );
  const { files, size, blake3 } = content;
  const delivery: Delivery = {
    ...request.about,
    files: files.length,
    size,
    blake3,
    time: new Date(request.watch.clock.now()).toISOString(),
  };
  const before = folder.delivery();
  // Before it is shown: what was told once is never forgotten by a process that is killed.
  const remember = (): void => {
    if (request.sight) folder.remember(afterSight(seen, request.sight));
  };
  const about = { delivery, before, dir: folder.dir };
  if (before && isSameDelivery(before, delivery) && (await isWhole(folder, content))) {
    remember();
    folder.show(folder.now as string);
    return {
      ...about,
      delivery: before,
      outcome: "present",
      release: folder.releaseFolder(folder.now as string),
      copied: 0,
      bytes: 0,
    };
  }
  const fetched = { copied: 0, bytes: 0 };
  const release = await build(folder, { content, delivery, stores, request, fetched });
  remember();
  const { displaced } = folder.show(release);
  if (displaced !== null) request.watch.warn(`what stood in the way was moved to '${display(displaced)}'`);
  return { ...about, outcome: before ? "changed" : "new", release: folder.releaseFolder(release), ...fetched };
}

/** For a look at a stage: throws `chain-broken` where the folder has seen an event that is not there any more. */
export function notTakenBack(
  folder: DeliveryFolder,
  { acceptOlder }: Pick<DeliverRequest, "acceptOlder">,
  repository: string | null,
): OnEvents {
  return ({ model, stage }, events) => {
    if (!acceptOlder) checkLinks(folder.seen(), { model, stage }, { tags: events, hint: goOn(repository) });
  };
}

/** What helps where a label went back. */
function goOn(repository: string | null): string {
  const bring =
    repository === null ? "'git fetch --tags' may bring it back" : "a clone that has the tag can push it again";
  return (
    `the folder shows what it did; ${bring}, 'mvgit audit' tells more, and '--accept-older' takes what is ` +
    "there now"
  );
}

/** Whether every file of the release that DIR shows has the bytes that it should have. */
async function isWhole(folder: DeliveryFolder, { files }: Content): Promise<boolean> {
  const top = join(folder.releaseFolder(folder.now as string), "files");
  for (const { path, hash, size, exec } of files) {
    const found = look(join(top, path));
    if (found?.kind !== "file" || found.size !== size || found.exec !== exec) return false;
    if ((await hashFile(found.real)) !== hash) return false;
  }
  return true;
}

interface Building {
  content: Content;
  delivery: Delivery;
  stores: Stores;
  request: DeliverRequest;
  /** Counts what comes from the remote. */
  fetched: { copied: number; bytes: number };
}

/** Answers the new release: complete and on disk, not shown yet. */
async function build(folder: DeliveryFolder, building: Building): Promise<string> {
  const { content, delivery, stores, request } = building;
  const making = { stores, watch: request.watch, jobs: request.jobs, fetched: building.fetched };
  const before = folder.now;
  const lacking = content.files.filter((file) => !stores.cache.has(file));
  // What is to be downloaded needs room: the release before the present one goes first, unless it has what is wanted.
  if (lacking.length > 0) {
    keepOnly(folder, [before], building);
    if (stores.isOwn) stores.cache.keepOnly(new Set(content.files.map(({ hash }) => hash)));
  }
  await fetchBlobs(lacking, making);
  const release = folder.begin();
  try {
    const places = { top: join(folder.releaseFolder(release), "files"), temporary: join(folder.state, "tmp") };
    const made = await makeFiles(content.files, places, making);
    made.push(
      ...folder.noteOwn(
        release,
        content.files.map(({ path }) => path),
      ),
      writeReceipt(folder.releaseFolder(release), delivery),
    );
    await flushMade(made, folder.state);
  } catch (error) {
    discardTree(folder.releaseFolder(release));
    throw error;
  }
  keepOnly(folder, [before, release], building);
  if (stores.isOwn) stores.cache.keepOnly(new Set());
  return release;
}

function keepOnly(folder: DeliveryFolder, releases: readonly (string | null)[], { request }: Building): void {
  for (const place of folder.keepOnly(releases))
    request.watch.warn(`what others wrote into an earlier release was moved to '${display(place)}'`);
}

function writeReceipt(release: string, delivery: Delivery): string {
  const file = join(release, "receipt.json");
  const fd = createFile(file);
  try {
    writeAll(fd, Buffer.from(formatDelivery(delivery)), file);
  } finally {
    fs.closeSync(fd);
  }
  return file;
}
