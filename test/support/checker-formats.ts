/** Pointers and manifests, read as docs/format.md says, for the checker. */

/** Null for what is no pointer: conflict markers, a user's own file, text of a test. */
export function parsePointer(bytes: Buffer): { hash: string; size: number; files: number | null } | null {
  const text = bytes.toString("utf8");
  if (!text.startsWith("mvgit: 1\n") || !text.endsWith("\n")) return null;
  const keys = new Map(
    text
      .split("\n")
      .slice(1, -1)
      .map((line) => line.split(": ", 2) as [string, string]),
  );
  const [hash = "", size = "", files] = [keys.get("blake3"), keys.get("size"), keys.get("files")];
  if (!/^[0-9a-f]{64}$/.test(hash) || !/^\d+$/.test(size)) return null;
  return { hash, size: Number(size), files: files === undefined ? null : Number(files) };
}

/** `HASH WORD WORD PATH\0`: a leaf's words are mode and size, a root's the numbers of files and bytes. */
export function linesOf(bytes: Buffer, heading: string): { hash: string; words: string[]; path: string }[] {
  const text = bytes.toString("utf8");
  if (!text.startsWith(heading)) throw new Error(`no manifest: ${JSON.stringify(text.slice(0, 20))}`);
  return text
    .slice(heading.length)
    .split("\0")
    .slice(0, -1)
    .map((line) => {
      const [hash = "", first = "", second = "", ...path] = line.split(" ");
      return { hash, words: [first, second], path: path.join(" ") };
    });
}
