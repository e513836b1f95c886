/** Where a version came from and what came of it, as a picture and as a list. */
import { formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { LineageNode, LineageReport } from "../../registry/lineage/report.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { TableRegion } from "../parts/region.tsx";
import { formatRoute } from "../route.ts";
import { layOut } from "./graph.ts";
import type { VersionOf } from "./version-of.ts";
import { minuteOf } from "../../values/local-minute.ts";

/** Things that a picture shows; more are a list alone. */
const MOST_DRAWN = 60;
/** In pixels, before the picture is zoomed. */
const BOX = { width: 190, height: 46, gapX: 56, gapY: 16, edge: 10 };
/** Letters that fit into a box. */
const LETTERS = 26;

export function LineagePart({ label }: VersionOf) {
  const found = useDocument(documents.lineage(label));
  return (
    <Ready of={found}>
      {(report) =>
        report.edges.length === 0 ? (
          <p class="faint">Nothing that this repository names led to it or came of it.</p>
        ) : (
          <>
            {report.nodes.length <= MOST_DRAWN && <Picture report={report} />}
            <details open={report.nodes.length > MOST_DRAWN}>
              <summary>As a list</summary>
              <List report={report} />
            </details>
            {report.notes.map((note) => (
              <p class="faint">{display(note)}</p>
            ))}
          </>
        )
      }
    </Ready>
  );
}

function Picture({ report }: { report: LineageReport }) {
  const { nodes, layers, rows } = layOut(report.nodes, report.edges);
  const at = new Map(
    nodes.map(({ id, layer, row }) => [
      id,
      { x: BOX.edge + layer * (BOX.width + BOX.gapX), y: BOX.edge + row * (BOX.height + BOX.gapY) },
    ]),
  );
  const width = 2 * BOX.edge + layers * BOX.width + Math.max(0, layers - 1) * BOX.gapX;
  const height = 2 * BOX.edge + rows * (BOX.height + BOX.gapY) - BOX.gapY;
  return (
    <TableRegion label="A picture of the lineage">
      <svg class="lineage" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        {report.edges.map(({ from, to, kind }) => {
          const [a, b] = [at.get(from), at.get(to)];
          if (a === undefined || b === undefined) return null;
          return <path key={`${from} ${to}`} class={`edge ${kind}`} d={curveFrom(a, b)} aria-hidden="true" />;
        })}
        {report.nodes.map((node) => {
          const place = at.get(node.id);
          return place && <Box key={node.id} node={node} isStart={node.id === report.label} {...place} />;
        })}
      </svg>
    </TableRegion>
  );
}

function curveFrom(a: { x: number; y: number }, b: { x: number; y: number }): string {
  const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + BOX.height / 2, b.x, b.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function Box({ node, isStart, x, y }: { node: LineageNode; isStart: boolean; x: number; y: number }) {
  const { title, detail } = wordsOf(node);
  const address = addressOf(node);
  const drawn = (
    <g transform={`translate(${x} ${y})`} class={`node ${node.kind}${isStart ? " here" : ""}`}>
      <title>{`${title}${detail === "" ? "" : `: ${detail}`}`}</title>
      <rect width={BOX.width} height={BOX.height} rx="6" />
      <text x="10" y="19">
        {cut(title)}
      </text>
      <text x="10" y="36" class="detail">
        {cut(detail)}
      </text>
    </g>
  );
  if (address === null) return drawn;
  return (
    <a href={address} {...(isStart && { "aria-current": "true" as const })}>
      {drawn}
    </a>
  );
}

function cut(text: string): string {
  const letters = [...text];
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : text;
}

function addressOf(node: LineageNode): string | null {
  if (node.kind === "version") return formatRoute({ kind: "version", label: node.id });
  return node.kind === "stage" ? formatRoute({ kind: "stages", model: node.model }) : null;
}

function wordsOf(node: LineageNode): { title: string; detail: string } {
  switch (node.kind) {
    case "version": {
      const hidden = node.hidden.before + node.hidden.after;
      const more = hidden > 0 ? `${plural(hidden, "more version")} beyond` : "";
      const parts = [node.retracted === null ? "" : "retracted", ...node.stages, more, display(node.message)];
      return { title: node.id, detail: parts.filter((part) => part !== "").join(" · ") };
    }
    case "bytes": {
      const files = node.files === null ? "" : `${plural(node.files, "file")}, `;
      return { title: display(node.path), detail: `${files}${formatSize(node.size)}` };
    }
    case "source":
      return {
        title: display(node.text),
        detail: node.as === "import" ? "imported" : `frozen ${node.time === null ? "" : minuteOf(node.time)}`,
      };
    case "commit":
      return { title: `commit ${node.commit.slice(0, 10)}`, detail: node.changed ? "with changes" : "" };
    case "stage":
      return {
        title: `#${node.stage}`,
        detail: `${minuteOf(node.since)} to ${node.until === null ? "now" : minuteOf(node.until)}`,
      };
  }
}

const HOW: Readonly<Record<LineageReport["edges"][number]["kind"], string>> = {
  version: "came from",
  data: "was made of",
  made: "was made by",
  source: "was taken from",
  code: "was based on",
  stage: "held",
};

/** Each thing with what led to it; all that the picture tells, for those who do not see it. */
function List({ report }: { report: LineageReport }) {
  const nodes = new Map(report.nodes.map((node) => [node.id, node]));
  const lines = report.edges.flatMap(({ from, to, kind }) => {
    const [before, after] = [nodes.get(from), nodes.get(to)];
    return before && after ? [{ id: `${from} ${to} ${kind}`, before, after, kind }] : [];
  });
  return (
    <ul>
      {lines.map(({ id, before, after, kind }) => (
        <li key={id}>
          <Named node={after} /> {HOW[kind]} <Named node={before} />
        </li>
      ))}
    </ul>
  );
}

function Named({ node }: { node: LineageNode }) {
  const { title, detail } = wordsOf(node);
  const address = addressOf(node);
  return (
    <>
      {address === null ? title : <a href={address}>{title}</a>}
      {detail !== "" && <span class="faint"> ({detail})</span>}
    </>
  );
}
