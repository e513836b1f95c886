/** How the weights of a version lie in a model repository of Hugging Face, and which files of it are for its LFS. */
import { comparePaths, foldName } from "../../base/paths.ts";

/**
 * The folder that all weights share, whose content is the repository's: loaders look at the top. `folder`: whether the
 * path is one itself.
 */
export function sharedFolder(weights: readonly { path: string; isFolder: boolean }[]): string {
  const folders = weights.map(({ path, isFolder }) => (isFolder ? path : path.split("/").slice(0, -1).join("/")));
  const [first = "", ...others] = folders.map((each) => each.split("/"));
  if (first === "") return "";
  const most = others.reduce((at, each) => {
    const differs = first.slice(0, at).findIndex((part, index) => each[index] !== part);
    return differs < 0 ? Math.min(at, first.length) : differs;
  }, first.length);
  return first.slice(0, most).join("/");
}

export function pathBelow(path: string, folder: string): string {
  return folder === "" ? path : path.slice(folder.length + 1);
}

/** Whether a file at the top would be the card, on whatever system. */
export function isCardName(path: string): boolean {
  return foldName(path) === foldName("README.md");
}

/** Endings that Hugging Face keeps in LFS in every new repository. */
const ENDINGS = [
  ...["7z", "arrow", "bin", "bz2", "ckpt", "ftz", "gguf", "gz", "h5", "joblib", "keras", "mlmodel", "model"],
  ...["msgpack", "npy", "npz", "onnx", "ot", "parquet", "pb", "pickle", "pkl", "pt", "pth", "rar", "safetensors"],
  ...["tar", "tflite", "tgz", "wasm", "xz", "zip", "zst"],
];
const RULE = "filter=lfs diff=lfs merge=lfs -text";
/** Bytes. Larger files of other names get a line of their own: Hugging Face refuses them in Git. */
const MOST_IN_GIT = 10 * 1024 * 1024;

export function gitAttributes(files: readonly { path: string; size: number }[]): string {
  const own = files.filter(({ path, size }) => size >= MOST_IN_GIT && !ENDINGS.some((end) => path.endsWith(`.${end}`)));
  return [
    ...ENDINGS.map((end) => `*.${end}`),
    ...own
      .map(({ path }) => path)
      .toSorted(comparePaths)
      .map(asPattern),
  ]
    .map((pattern) => `${pattern} ${RULE}\n`)
    .join("");
}

/** One file by its path; in quotes, as C has them, where Git would read it in another way. */
function asPattern(path: string): string {
  const glob = `/${path.replace(/[\\*?[\]]/g, "\\$&")}`;
  return /[\s"\\]/.test(glob) ? `"${glob.replace(/[\\"]/g, "\\$&")}"` : glob;
}
