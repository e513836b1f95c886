/** Which file is a model's card, and what a card in Markdown leads to inside of its repository. */
import { kindOf } from "./artifact-kind.ts";

/** Letter cases and endings in which people write the same name. */
const READMES = ["README.md", "Readme.md", "readme.md", "README.markdown", "README.rst", "README.txt", "README"];
const CARDS = ["MODEL_CARD.md", "model_card.md", "MODEL-CARD.md", "model-card.md", "modelcard.md"];

/**
 * Where a model's card may be, the likeliest first: the first that is there is the card. `folder`: in which its command
 * ran, "" for the top.
 */
export function cardPaths(model: string, folder: string): string[] {
  const named = [`models/${model}`, model].flatMap((at) => [...CARDS, ...READMES].map((name) => `${at}/${name}`));
  const ofDocs = ["docs/models", "docs/cards", "docs"].map((at) => `${at}/${model}.md`);
  const beside = folder === "" ? [] : [...CARDS, ...READMES].map((name) => `${folder}/${name}`);
  const atTop = [...CARDS, ...CARDS.map((name) => `docs/${name}`), ...READMES];
  return [...new Set([...named, ...ofDocs, ...beside, ...atTop])];
}

/** What a file's own links lead to in its repository, by path from the top; null for what leads anywhere else. */
export function resolveInRepository(file: string, link: string): string | null {
  const plain = link.trim().replace(/[?#].*$/s, "");
  if (plain === "" || /^[a-z][a-z0-9+.-]*:/i.test(plain) || plain.startsWith("//") || plain.includes("\\")) return null;
  const parts = plain.startsWith("/") ? [] : file.split("/").slice(0, -1);
  for (const part of decoded(plain).split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.length === 0 ? null : parts.join("/");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign means itself.
    return text;
  }
}

/** Pictures of the repository that a text in Markdown shows, by path, each once. `file`: where the text stands. */
export function picturesIn(text: string, file: string): string[] {
  const found = [
    ...text.matchAll(/!\[[^\]\n]{0,300}\]\(\s{0,9}<?([^)\s>]{1,1000})/g),
    ...text.matchAll(/<img\s[^>]{0,300}?\bsrc\s?=\s?["']([^"'\n]{1,1000})["']/gi),
    ...text.matchAll(/^\s{0,3}\[[^\]\n]{1,1000}\]:\s{0,9}<?([^\s>]{1,1000})/gm),
  ];
  const paths = found.map(([, link = ""]) => resolveInRepository(file, link));
  return [...new Set(paths)].filter((path): path is string => path !== null && ["image", "svg"].includes(kindOf(path)));
}
