/** One file of a version, shown as what it is: a picture, a table, a text. Never as a document of its own. */
import { formatSize } from "../../base/counts.ts";
import { displayLines } from "../../base/display.ts";
import type { ArtifactsReport } from "../../registry/artifacts.ts";
import { csvTable } from "../../values/csv-table.ts";
import { useFileText, usePicture } from "../files.ts";
import { Ready } from "../parts/loading.tsx";
import { TableRegion } from "../parts/region.tsx";
import { indentJson } from "./indent-json.ts";
import { Markdown } from "./markdown.tsx";

export type Artifact = ArtifactsReport["artifacts"][number];

/** Bytes of a text that are shown. */
const MOST = 512 * 1024;

interface FileViewProps {
  label: string;
  artifact: Artifact;
  /** Of another file of the version that a text leads to; null where it cannot be shown. */
  addressOf: (path: string) => string | null;
}

export function FileView(props: FileViewProps) {
  const { label, artifact } = props;
  const { path, kind } = artifact;
  const address = usePicture(label, path);
  if (kind === "image" || kind === "svg")
    return address === null ? <p class="faint">This page does not hold it.</p> : <img src={address} alt={path} />;
  if (kind === "binary") return <p class="faint">It is nothing to look at.</p>;
  return <TextView {...props} />;
}

function TextView({ label, artifact, addressOf }: FileViewProps) {
  const { path, kind, size } = artifact;
  const loaded = useFileText(label, path, MOST);
  return (
    <Ready of={loaded}>
      {({ text, isWhole }) => (
        <>
          {kind === "markdown" && <Markdown text={text} file={path} addressOf={addressOf} />}
          {kind === "csv" && <Table text={text} isWhole={isWhole} path={path} />}
          {kind === "json" && <Plain text={isWhole ? indentJson(text) : text} path={path} />}
          {kind === "text" && <Plain text={text} path={path} />}
          {!isWhole && kind !== "csv" && (
            <p class="faint">
              The first {formatSize(MOST)} of {formatSize(size)} are shown.
            </p>
          )}
        </>
      )}
    </Ready>
  );
}

function Plain({ text, path }: { text: string; path: string }) {
  return (
    <pre class="file" tabIndex={0} aria-label={path}>
      {displayLines(text)}
    </pre>
  );
}

function Table({ text, isWhole, path }: { text: string; isWhole: boolean; path: string }) {
  const { head, rows, isCut } = csvTable(text, { isWhole, tabs: path.toLowerCase().endsWith(".tsv") });
  return (
    <>
      <TableRegion label={path}>
        <table>
          <thead>
            <tr>
              {head.map((cell, at) => (
                <th key={at} scope="col">
                  {displayLines(cell)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <td key={column}>{displayLines(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableRegion>
      {isCut.rows && <p class="faint">The first {rows.length} rows are shown.</p>}
      {isCut.columns && <p class="faint">The first {head.length} columns are shown.</p>}
    </>
  );
}
