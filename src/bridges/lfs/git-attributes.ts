/** Lines of `.gitattributes` by which Git LFS gets files. */
import ignore from "ignore";

/** A line that gives files to LFS, cut into its pattern and its attributes. */
interface LfsLine {
  pattern: string;
  attributes: string[];
}

function lfsLine(line: string): LfsLine | null {
  const match = /^\s*("(?:[^"\\]|\\.)*"|[^\s#"]\S*)\s+(.*)$/.exec(line.replace(/\r?\n$/, ""));
  if (!match || (match[1] as string).startsWith("[attr]")) return null;
  const attributes = (match[2] as string).split(/\s+/).filter((each) => each !== "");
  return attributes.includes("filter=lfs") ? { pattern: unquoted(match[1] as string), attributes } : null;
}

function unquoted(pattern: string): string {
  return pattern.startsWith('"')
    ? pattern.slice(1, -1).replace(/\\(.)/g, "$1")
    : pattern.replaceAll("[[:space:]]", " ");
}

/** What `git lfs track` sets; other attributes of a line stay. */
const OF_LFS = new Set(["filter=lfs", "diff=lfs", "merge=lfs", "-text"]);

/**
 * The text without LFS's attributes where none of `still` (paths relative to the file's folder) needs them: a line that
 * has only those goes, another keeps the rest. A pattern that might match one of `still` stays.
 */
export function withoutLfs(text: string, still: readonly string[]): string {
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      const found = lfsLine(line);
      if (!found) return line;
      const matcher = ignore({ allowRelativePaths: true }).add(found.pattern);
      if (still.some((path) => matcher.ignores(path))) return line;
      const rest = found.attributes.filter((each) => !OF_LFS.has(each));
      if (rest.length === 0) return "";
      return (
        `${line.slice(0, line.length - line.trimStart().length)}${/^\s*(\S+)/.exec(line)?.[1]} ` +
        `${rest.join(" ")}${line.endsWith("\n") ? "\n" : ""}`
      );
    })
    .join("");
}

/** True when a line of the text gives files to LFS. */
export function hasLfsLine(text: string): boolean {
  return text.split("\n").some((line) => lfsLine(line) !== null);
}

/**
 * The line by which `git lfs track` would have this file, or all below this folder. Blanks and specials are escaped.
 */
export function lfsTrackLine(path: string, isFolder: boolean): string {
  const pattern = path
    .replace(/[\\*?[\]]/g, (mark) => (mark === "\\" ? "\\\\" : `[${mark}]`))
    .replaceAll(" ", "[[:space:]]");
  return `/${pattern}${isFolder ? "/**" : ""} filter=lfs diff=lfs merge=lfs -text`;
}
