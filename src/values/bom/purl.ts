/** Package URLs (purl) of what an environment had installed: only of what can be had by that name. */
import { normalName, type InterpreterKind, type RecordedPackage } from "../environment-record.ts";

/**
 * Null where no registry has it: code of a folder or an editable install, and packages whose purl would need what was
 * not recorded. What came from an address or a repository says so in its qualifiers.
 */
export function purlOf(kind: InterpreterKind, { name, version, origin }: RecordedPackage): string | null {
  if (name === "" || version === "" || origin?.kind === "folder" || origin?.kind === "editable") return null;
  const base = baseOf(kind, name);
  if (base === null) return null;
  return `pkg:${base}@${encoded(version)}${qualifiersOf(origin)}`;
}

function baseOf(kind: InterpreterKind, name: string): string | null {
  switch (kind) {
    case "python":
      return `pypi/${encoded(normalName(name))}`;
    case "node":
      return `npm/${name.toLowerCase().split("/").map(encoded).join("/")}`;
    case "r":
      return `cran/${encoded(name)}`;
    // Julia's asks for the package's UUID.
    case "julia":
      return null;
  }
}

function qualifiersOf(origin: RecordedPackage["origin"]): string {
  if (origin === null) return "";
  const at = origin.commit === null ? "" : `@${origin.commit}`;
  const all =
    origin.kind === "vcs"
      ? { vcs_url: `${origin.vcs ?? "git"}+${origin.url}${at}` }
      : { ...(origin.hash !== null && { checksum: origin.hash.replace("=", ":") }), download_url: origin.url };
  return `?${Object.entries(all)
    .map(([key, value]) => `${key}=${encoded(value)}`)
    .join("&")}`;
}

/** As purl writes it: a colon stays. Halves of letters, which nothing can encode, are replaced. */
export function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":");
}
