/** Weights and data of a version: what its package names. */
import { useState } from "preact/hooks";
import { formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { PackageFile } from "../../values/package.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Copyable } from "../parts/copy.tsx";
import { Filtered } from "../parts/filtered.tsx";
import { Ready } from "../parts/loading.tsx";
import { TableRegion } from "../parts/region.tsx";
import type { VersionOf } from "./version-of.ts";

export function FilesPart({ label, version: { package: pack } }: VersionOf) {
  const folders = [...pack.weights, ...pack.data].filter(({ files }) => files !== undefined);
  return (
    <>
      <h3>Weights</h3>
      <Files of={pack.weights} what="weights" />
      <h3>Data</h3>
      <Files of={pack.data} what="data" />
      {folders.map(({ path }) => (
        <Folder key={path} label={label} path={path} />
      ))}
    </>
  );
}

/** What is in a folder, read when it is opened. */
function Folder({ label, path }: { label: string; path: string }) {
  const [isOpen, setOpen] = useState(false);
  const found = useDocument(isOpen ? documents.artifacts(label) : null);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Files in {display(path)}</summary>
      {isOpen && (
        <Ready of={found}>
          {({ folders }) => {
            const folder = folders.find((each) => each.path === path);
            if (folder === undefined) return <p class="faint">Its list of files is not here.</p>;
            return (
              <>
                <Files of={folder.files} what={`files in ${path}`} />
                {folder.more > 0 && <p class="faint">{plural(folder.more, "more file")}</p>}
              </>
            );
          }}
        </Ready>
      )}
    </details>
  );
}

type FileRow = Pick<PackageFile, "hash" | "size" | "files"> & { path: string };

function Files({ of, what }: { of: readonly FileRow[]; what: string }) {
  if (of.length === 0) return <p class="faint">It has none.</p>;
  const hasFolders = of.some(({ files }) => files !== undefined);
  return (
    <Filtered of={of} what={what} textOf={({ path, hash }) => `${path} ${hash}`}>
      {(shown) => (
        <TableRegion label={what}>
          <table>
            <thead>
              <tr>
                <th scope="col">Path</th>
                {hasFolders && (
                  <th scope="col" class="number">
                    Files
                  </th>
                )}
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">BLAKE3</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ path, hash, size, files }) => (
                <tr key={path}>
                  <th scope="row">{display(path)}</th>
                  {hasFolders && <td class="number">{files === undefined ? "" : plural(files, "file")}</td>}
                  <td class="number" title={plural(size, "byte")}>
                    {formatSize(size)}
                  </td>
                  <td>
                    <Copyable text={hash} short={hash.slice(0, 10)} what={`the hash of ${path}`} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableRegion>
      )}
    </Filtered>
  );
}
