/** `mvgit export --hub`: a version as a model repository of Hugging Face, ready to be uploaded. */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { removeTree, writeNewFile } from "../base/disk.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { display, foldName, type RepoPath } from "../base/paths.ts";
import { fromSystem } from "../base/system-errors.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { CardSource } from "../registry/card-source.ts";
import { picturesIn } from "../values/card.ts";
import { type Delivery, formatDelivery, isSameDelivery } from "../values/delivery.ts";
import { cardOf, type OwnCard } from "../values/hub/card.ts";
import { gitAttributes, isCardName, pathBelow, sharedFolder } from "../values/hub/layout.ts";
import { asLabel } from "../values/label.ts";
import { readerOf } from "../values/settings-file.ts";
import { refuseCommittedLinks } from "../repo/committed-links.ts";
import type { Repo } from "../repo/repo.ts";
import { contentOf, type File } from "./deliver/content.ts";
import type { Delivered } from "./deliver/deliver.ts";
import { fetchBlobs, flushMade, makeFiles, type Making } from "./deliver/make-files.ts";
import { partsOf } from "./deliver/parts.ts";
import { heldBy, manifestOf, replaceWhole } from "./deliver/plain-folder.ts";
import { RECEIPT } from "./deliver/release-folder.ts";
import { registryOf } from "./registry.ts";

export interface HubRequest {
  label: string;
  /** As typed; from the current folder. */
  dir: string;
  jobs?: number | undefined;
}

/** Bytes of a card among the weights. */
const CARD_CAP = 1024 * 1024;

/** Throws what `exportVersion` throws. */
export async function exportHub(repo: Repo, request: HubRequest): Promise<Delivered> {
  if (asLabel(request.label) === null)
    throw new MvgitError("usage", `'${display(request.label)}' is no version: a model repository is made of one`, {
      subject: display(request.label),
      hint: "write MODEL@v3 or MODEL#production",
    });
  const dir = resolve(repo.cwd, request.dir);
  await refuseCommittedLinks(repo, [dir], "write to");
  try {
    return await lay(repo, { ...request, dir: fs.existsSync(dir) ? fs.realpathSync(dir) : dir });
  } catch (error) {
    throw systemCode(error) === undefined ? error : fromSystem(error, `fill '${display(dir)}'`, display(dir));
  }
}

async function lay(repo: Repo, { label, dir, jobs }: HubRequest): Promise<Delivered> {
  const before = await heldBy(dir);
  const source = await registryOf(repo).cardSource(label);
  const making: Making = {
    stores: { cache: repo.cache, links: ["reflink", "copy"], remotes: () => repo.remotes() },
    watch: repo.watch,
    jobs,
    fetched: { copied: 0, bytes: 0 },
  };
  const { weights, card } = await weightsOf(repo, source, making);
  const texts = await textsOf(repo, source, weights, card);
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
  await replaceWhole(dir, async (fresh) => {
    const temporary = `${fresh}.tmp`;
    try {
      const made = await makeFiles(weights, { top: fresh, temporary }, making);
      for (const [path, bytes] of texts) {
        writeNewFile(join(fresh, path), bytes);
        made.push(join(fresh, path));
      }
      await flushMade(made, join(dir, ".."));
    } finally {
      removeTree(temporary);
    }
  });
  return { ...told, delivery, outcome: before === null ? "new" : "changed", ...making.fetched };
}

/** The weights as they lie in the repository, and the card that the run wrote among them. */
async function weightsOf(
  repo: Repo,
  { commit, facts: { pack } }: CardSource,
  making: Making,
): Promise<{ weights: File[]; card: OwnCard | null }> {
  const { parts } = await partsOf(repo.git, { commit, pack, only: ["weights"] });
  const content = await contentOf({ reader: repo.git, parts, only: [] }, making.stores);
  const shared = sharedFolder(pack.weights.map(({ path, files }) => ({ path, isFolder: files !== undefined })));
  const all = content.files.map((file) => ({ ...file, path: pathBelow(file.path, shared) as RepoPath }));
  const [left] = content.left;
  if (left !== undefined)
    repo.watch.warn(`left out '${display(left)}': ${readerOf(left)} would read or run what stands there`);
  const taken = all.find(({ path }) => foldName(path.split("/")[0] as string) === foldName(RECEIPT));
  if (taken !== undefined)
    throw new MvgitError("name-clash", `'${display(taken.path)}' has a name that mvgit uses in the folder itself`, {
      subject: display(taken.path),
      hint: "bring the files without a card: 'mvgit export LABEL -o DIR'",
    });
  const own = all.find(({ path, size }) => isCardName(path) && size <= CARD_CAP);
  if (own === undefined) return { weights: all, card: null };
  await fetchBlobs(repo.cache.has(own) ? [] : [own], making);
  const chunks: Uint8Array[] = [];
  for await (const bytes of repo.cache.read(own.hash)) chunks.push(bytes);
  return {
    weights: all.filter((file) => file !== own),
    card: { path: own.path, text: Buffer.concat(chunks).toString("utf8") },
  };
}

/** What is written beside the weights, by path. */
async function textsOf(
  repo: Repo,
  source: CardSource,
  weights: readonly File[],
  written: OwnCard | null,
): Promise<Map<string, Buffer>> {
  const texts = new Map<string, Buffer>();
  const taken = new Set(weights.map(({ path }) => foldName(path)));
  const { license } = source;
  if (license !== null && !taken.has(foldName(license.path))) texts.set(license.path, license.bytes);
  const own = written ?? source.card;
  const { text, notes } = await cardOf({ ...source.facts, files: weights, licenseFile: license?.path ?? null }, own);
  for (const note of notes) repo.watch.warn(note);
  const pictures = own === null || own === written ? [] : picturesIn(own.text, own.path);
  if (own !== null && pictures.length > 0)
    repo.watch.warn(
      `'${display(own.path)}' shows pictures that are not taken along, such as '${display(pictures[0] as string)}'`,
    );
  return texts.set("README.md", Buffer.from(text)).set(".gitattributes", Buffer.from(gitAttributes(weights)));
}
