/** The licenses of packages that were put into a bundle. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bundle.mjs";

/** `folders`, from the root: each once by name and version, with its text. */
export function licenseTexts(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license, author } = readPackage(folder);
    const by = typeof author === "object" ? author.name : author;
    const text = licenseText(folder) ?? (by === undefined ? "" : `By ${by}, whose package has no text of it.`);
    return `${name} ${version}: ${license}\n${text === "" ? "" : `\n${text}\n`}`;
  });
  return [...new Set(texts)].join(`\n${"-".repeat(80)}\n\n`);
}

/** All of them, and mvgit's own, as one expression of SPDX. */
export function licenseExpression(folders) {
  const all = folders.flatMap((folder) => {
    const license = readPackage(folder).license.replace(/^\((.*)\)$/, "$1");
    return / OR /.test(license) ? [`(${license})`] : license.split(" AND ");
  });
  return [...new Set(["MIT", ...all])].toSorted().join(" AND ");
}

function readPackage(folder) {
  const found = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  if (typeof found.license !== "string") throw new Error(`'${folder}' does not say its license in the form of SPDX`);
  return found;
}

/** From a file of its own, else from what its README has at the end under that heading. */
function licenseText(folder) {
  const names = readdirSync(join(root, folder)).toSorted();
  const texts = names.filter((each) => /^(?:licen[cs]e|notice|copying)/i.test(each));
  if (texts.length > 0) return texts.map((each) => readFileSync(join(root, folder, each), "utf8").trim()).join("\n\n");
  const readme = names.find((each) => /^readme/i.test(each));
  if (readme === undefined) return undefined;
  return /^(?:#+ *licen[cs]e *#*|licen[cs]e\n-+)$([^]*)/im
    .exec(readFileSync(join(root, folder, readme), "utf8"))?.[1]
    .trim();
}
