/** What a remote lacks, as `status` prints it. */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { StatusReport } from "../../../files/status.ts";
import { formatSize, plural } from "../numbers.ts";

/** None where no remote was asked. */
export function remoteLines({ remote }: StatusReport): string[] {
  if (!remote) return [];
  const { name, address, looked, lacks, lost, unknown, readOnly } = remote;
  const where = `remote '${display(name)}' (${display(address)})`;
  if (lacks.blobs + unknown.length === 0)
    return [`${where} lacks nothing; looked at ${looked}: ${plural(remote.blobs, "blob")}`];
  const lines: string[] = [];
  if (lacks.blobs > 0)
    lines.push(`${where} lacks ${plural(lacks.blobs, "blob")} (${formatSize(lacks.bytes)}); looked at ${looked}`);
  lines.push(...damagedLine(remote));
  if (lacks.blobs > lost.blobs) lines.push(readOnly ? ONLY_READ : "    'mvgit push' brings what your cache has");
  if (lost.blobs > 0)
    lines.push(prose`    ${plural(lost.blobs, "blob")} (${formatSize(lost.bytes)}) not in your cache either: ask
      whoever has them to push, or 'mvgit add' the files again`);
  for (const path of unknown)
    lines.push(`${where} lacks the list of files of '${display(path)}', and so does your cache`);
  return lines;
}

const ONLY_READ =
  "    nothing can be pushed there: its keeper, or 'mvgit push --remote NAME' to another one, stores it";

function damagedLine({ damaged, lacks }: NonNullable<StatusReport["remote"]>): string[] {
  if (damaged === 0) return [];
  const few = damaged === lacks.blobs ? "" : `${damaged} of them `;
  return [`    ${few}${damaged === 1 ? "is" : "are"} damaged there: of another size`];
}
