/** What a file is to look at, by its name: what a page may do with it, and as what a server hands it out. */

export type ArtifactKind = "image" | "svg" | "markdown" | "csv" | "json" | "text" | "binary";

const IMAGES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  bmp: "image/bmp",
};

const TEXTS: Readonly<Record<Exclude<ArtifactKind, "image" | "svg" | "binary">, readonly string[]>> = {
  markdown: ["md", "markdown"],
  csv: ["csv", "tsv"],
  json: ["json", "geojson", "ipynb"],
  text: [
    ...["txt", "log", "rst", "jsonl", "ndjson", "yaml", "yml", "toml", "ini", "cfg", "conf", "xml", "html", "htm"],
    ...["py", "r", "jl", "js", "ts", "sh", "sql", "tex", "env", "properties", "diff", "patch", "css"],
  ],
};

/** Names without an ending that are texts. */
const TEXT_NAMES = /^(?:readme|license|licence|notice|authors|changelog|mlmodel|dockerfile|makefile|requirements)$/;

/** Where a page finds a file of a version, relative to itself. */
export function artifactAddress(label: string, path: string): string {
  const parts = [label, ...path.split("/")].map((part) => encodeURIComponent(part).replaceAll("%40", "@"));
  return `files/${parts.join("/")}`;
}

/** What stands behind the name of a text, or of an SVG, in an export. */
export const TEXT_ENDING = ".txt";

/** By the last part of a path, whatever its letter case. */
export function kindOf(path: string): ArtifactKind {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const ending = endingOf(name);
  if (Object.hasOwn(IMAGES, ending)) return "image";
  if (ending === "svg") return "svg";
  for (const [kind, endings] of Object.entries(TEXTS)) if (endings.includes(ending)) return kind as ArtifactKind;
  return TEXT_NAMES.test(name) ? "text" : "binary";
}

/**
 * The media type that is safe to hand it out as: pictures as themselves, every text as plain text (HTML and scripts
 * among them), and all else as bytes.
 */
export function mediaTypeOf(path: string): string {
  const kind = kindOf(path);
  if (kind === "image") return IMAGES[endingOf(path.toLowerCase())] as string;
  if (kind === "svg") return "image/svg+xml";
  return kind === "binary" ? "application/octet-stream" : "text/plain; charset=utf-8";
}

function endingOf(name: string): string {
  return /\.([^./]+)$/.exec(name)?.[1] ?? "";
}
