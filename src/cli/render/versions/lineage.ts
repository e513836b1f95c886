/** Where a version came from and what came of it, as trees. */
import { display } from "../../../base/paths.ts";
import { formatScore } from "../../../values/scores.ts";
import type { LineageNode, LineageReport } from "../../../registry/lineage/report.ts";
import { oneLine } from "../columns.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { minuteOf } from "../../../values/local-minute.ts";

/** The version, then two trees: what led to it, and what came of it. */
export function lineageText(report: LineageReport, style: Style): string {
  const nodes = new Map(report.nodes.map((node) => [node.id, node]));
  const start = nodes.get(report.label);
  const tree = (title: string, side: Side): string[] => {
    const lines = branches(report, { id: report.label, side, nodes, seen: new Set([report.label]), style }, "");
    return lines.length === 0 ? [] : [style.strong(title), ...lines.map((line) => `  ${line}`)];
  };
  const lines = [
    start ? nodeText(start, style) : report.label,
    ...tree("came from", "before"),
    ...tree("came of it", "after"),
    ...report.notes.map((note) => style.warning(`note: ${display(note)}`)),
  ];
  return lines.length === 1
    ? `${lines[0]}\nnothing that this repository names led to it or came of it`
    : lines.join("\n");
}

type Side = "before" | "after";

interface At {
  id: string;
  side: Side;
  nodes: ReadonlyMap<string, LineageNode>;
  /** Shown already: once is enough. */
  seen: Set<string>;
  style: Style;
}

/** The lines below one node. */
function branches(report: LineageReport, at: At, indent: string): string[] {
  const { id, side, nodes, seen, style } = at;
  const next = report.edges
    .filter((edge) => (side === "before" ? edge.to : edge.from) === id)
    .map((edge) => (side === "before" ? edge.from : edge.to));
  const node = nodes.get(id);
  const hidden = node?.kind === "version" ? node.hidden[side] : 0;
  const rows = [...next, ...(hidden > 0 ? [null] : [])];
  return rows.flatMap((each, index) => {
    const isLast = index === rows.length - 1;
    const [fork, rail] = style.plain ? [isLast ? "`- " : "|- ", "|  "] : [isLast ? "└─ " : "├─ ", "│  "];
    if (each === null) return [style.faint(`${indent}${fork}${plural(hidden, "more version")}: '--depth'`)];
    const text = nodeText(nodes.get(each), style);
    if (seen.has(each)) return [`${indent}${fork}${text}${style.faint(" (as above)")}`];
    seen.add(each);
    return [`${indent}${fork}${text}`, ...branches(report, { ...at, id: each }, `${indent}${isLast ? "   " : rail}`)];
  });
}

function nodeText(node: LineageNode | undefined, style: Style): string {
  switch (node?.kind) {
    case "version":
      return versionText(node, style);
    case "bytes": {
      const files = node.files === null ? "" : `${plural(node.files, "file")}, `;
      return `${display(node.path)}  ${style.faint(`${files}${formatSize(node.size)}  ${node.hash.slice(0, 10)}`)}`;
    }
    case "source": {
      const how = node.as === "import" ? "imported from" : "frozen:";
      return `${how} ${oneLine(node.text)}${node.time === null ? "" : `  ${style.faint(minuteOf(node.time))}`}`;
    }
    case "commit":
      return `commit ${node.commit.slice(0, 10)}${node.changed ? ", with changes" : ""}`;
    case "stage": {
      const until = node.until === null ? "now" : minuteOf(node.until);
      const why = node.reason === "" ? "" : `: ${oneLine(node.reason)}`;
      return `${node.model}#${node.stage}  ${minuteOf(node.since)} to ${until}${why}`;
    }
    default:
      return "";
  }
}

/** Scores that are told of each version. */
const SCORES = 2;

function versionText(node: LineageNode & { kind: "version" }, style: Style): string {
  const scores = Object.entries(node.metrics)
    .slice(0, SCORES)
    .map(([name, value]) => `${display(name)} ${formatScore(value)}`);
  return [
    style.strong(node.id),
    ...(node.retracted === null ? [] : [style.bad("retracted")]),
    ...(node.message === "" ? [] : [oneLine(node.message, 60)]),
    ...(scores.length === 0 ? [] : [style.faint(scores.join("  "))]),
    ...node.stages.map((stage) => style.good(stage)),
  ].join("  ");
}
