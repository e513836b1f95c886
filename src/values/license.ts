/** The license that a repository declares, by its own words: nothing is guessed from a license's text but its title. */
import { pattern } from "../base/pattern.ts";

export interface DeclaredLicense {
  /** An identifier or expression of SPDX, or what the repository calls it. */
  name: string;
  isSpdx: boolean;
  /** The file that says so. */
  file: string;
}

/** Where it may be declared, what counts first. */
export const LICENSE_FILES = [
  "pyproject.toml",
  "package.json",
  ...["LICENSE", "LICENCE", "COPYING"].flatMap((name) => ["", ".md", ".txt"].map((end) => `${name}${end}`)),
];

/** Identifiers that people write where they mean one license: letter case is set right. */
const KNOWN = [
  ...["MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "Unlicense", "MPL-2.0", "EPL-2.0"],
  ...["GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"],
  ...["LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "CC0-1.0", "CC-BY-4.0"],
  ...["CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "EUPL-1.2", "BSL-1.0", "Artistic-2.0", "PostgreSQL"],
];

/** Titles as they stand at the top of a license's text. */
const TITLES: readonly (readonly [RegExp, string])[] = [
  [/^(?:the )?mit license(?: \(mit\))?$/, "MIT"],
  [/^apache license,? version 2\.0/, "Apache-2.0"],
  [/^bsd 2-clause license$/, "BSD-2-Clause"],
  [/^bsd 3-clause license$/, "BSD-3-Clause"],
  [/^isc license$/, "ISC"],
  [/^mozilla public license,? version 2\.0/, "MPL-2.0"],
  [/^creative commons attribution 4\.0 international/, "CC-BY-4.0"],
  [/^cc0 1\.0 universal/, "CC0-1.0"],
];

/** Of the texts of `LICENSE_FILES`, in their order; null where none says one. */
export function licenseOf(texts: Iterable<readonly [file: string, text: string | null]>): DeclaredLicense | null {
  for (const [file, text] of texts) {
    const name = text === null ? null : nameIn(file, text);
    if (name !== null && /^[\x20-\x7e]{1,100}$/.test(name)) return { ...asSpdx(name), file };
  }
  return null;
}

function nameIn(file: string, text: string): string | null {
  if (file === "pyproject.toml") return ofProject(text);
  if (file === "package.json") return ofNpm(text);
  const tagged = /^\W{0,9}SPDX-License-Identifier: {0,9}([A-Za-z0-9.+-]{1,60})\s*$/m.exec(text)?.[1];
  if (tagged !== undefined) return tagged;
  const words = text.slice(0, 500).replace(/^#+/gm, " ").split("\n");
  const title = words.map((line) => line.trim()).filter((line) => line !== "");
  // The title of Apache's stands on two lines.
  const heads = [title[0] ?? "", title.slice(0, 2).join(" ")].map((line) => line.toLowerCase().replace(/\s+/g, " "));
  return TITLES.find(([pattern]) => heads.some((head) => pattern.test(head)))?.[1] ?? null;
}

const OF_PROJECT = pattern("m")`
  ^license\s*=\s*(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|
  \{\s*text\s*=\s*(?:"([^"\n]{1,200})"|'([^'\n]{1,200})')\s*\})`;

/** `license` of `[project]`. */
function ofProject(text: string): string | null {
  const start = /^\[project\][ \t]*$/m.exec(text);
  if (start === null) return null;
  const [section = ""] = text.slice(start.index + start[0].length).split(/^\[/m);
  const [, ...found] = OF_PROJECT.exec(section) ?? [];
  return found.find((each) => each !== undefined) ?? null;
}

function ofNpm(text: string): string | null {
  try {
    const { license } = JSON.parse(text) as { license?: unknown };
    return typeof license === "string" ? license : null;
  } catch {
    // Whose it is finds out elsewhere that it is no JSON.
    return null;
  }
}

function asSpdx(name: string): { name: string; isSpdx: boolean } {
  const known = KNOWN.find((each) => each.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return { name: known, isSpdx: true };
  // An expression of identifiers that are known.
  const ids = name.split(/ (?:OR|AND) /);
  return { name, isSpdx: ids.length > 1 && ids.every((id) => KNOWN.includes(id)) };
}
