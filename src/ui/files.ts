/**
 * The bytes of a version's files, as a browser may have them: whatever a repository holds, nothing of it runs. What is
 * shown goes by a short list of endings (`values/artifact-kind.ts`); all else is handed over as a file.
 */
import { Readable } from "node:stream";
import { allOf, begun } from "../base/piecewise.ts";
import type { LocalAnswer } from "../base/loopback.ts";
import type { OpenArtifact } from "../registry/artifacts.ts";

/** Bytes that are shown; a larger file is handed over. */
const SHOWN_CAP = 20 * 1024 * 1024;

/** Even opened by itself, it is in no origin, and runs and loads nothing. */
const NOTHING_RUNS = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * Small files are read, and held against their hashes, before a byte is sent; of a larger one the last bytes are not
 * sent, and the connection is cut, where they differ.
 */
export async function fileAnswer({ artifact, bytes }: OpenArtifact): Promise<LocalAnswer> {
  const { path, size, kind, type } = artifact;
  const isShown = kind !== "binary" && size <= SHOWN_CAP;
  const name = encodeURIComponent(path.slice(path.lastIndexOf("/") + 1)).replace(/[*'()]/g, escaped);
  const headers = {
    "content-security-policy": NOTHING_RUNS,
    ...(isShown ? {} : { "content-disposition": `attachment; filename*=UTF-8''${name}` }),
  };
  const about = { status: 200, type: isShown ? type : "application/octet-stream", headers };
  if (size > SHOWN_CAP) return { ...about, body: { stream: Readable.from(await begun(bytes)), size } };
  return { ...about, body: await allOf(bytes) };
}

function escaped(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
}
