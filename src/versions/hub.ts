/** `mvgit export --hub`: a version as a model repository of Hugging Face, ready to be uploaded. */
import { MvgitError } from "../base/errors.ts";
import { display, foldName, type RepoPath } from "../base/paths.ts";
import type { CardSource } from "../registry/card-source.ts";
import { picturesIn } from "../values/card.ts";
import { cardOf, type OwnCard } from "../values/hub/card.ts";
import { gitAttributes, isCardName, pathBelow, sharedFolder } from "../values/hub/layout.ts";
import { readerOf } from "../values/settings-file.ts";
import type { Repo } from "../repo/repo.ts";
import { contentOf, type File } from "./deliver/content.ts";
import type { Delivered } from "./deliver/deliver.ts";
import { fetchBlobs, type Making } from "./deliver/make-files.ts";
import { layPlain, type PlainRequest } from "./deliver/lay-plain.ts";
import { partsOf } from "./deliver/parts.ts";
import { RECEIPT } from "./deliver/release-folder.ts";

/** Bytes of a card among the weights. */
const CARD_CAP = 1024 * 1024;

/** Throws what `exportVersion` throws. */
export function exportHub(repo: Repo, request: PlainRequest): Promise<Delivered> {
  return layPlain(repo, request, async (source, making) => {
    const { weights, card } = await weightsOf(repo, source, making);
    return { weights, texts: await textsOf(repo, source, weights, card) };
  });
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
