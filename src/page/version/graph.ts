/** Where the things of a lineage stand in a picture: in layers, the earlier to the left. */

export interface GraphNode {
  id: string;
}
export interface GraphEdge {
  from: string;
  to: string;
}

interface Placed {
  id: string;
  /** 0 for the first. */
  layer: number;
  /** Its place in the layer, from the top; not always whole. */
  row: number;
}

export interface Layout {
  nodes: Placed[];
  layers: number;
  rows: number;
}

/** Rounds of putting neighbours beside each other. */
const ROUNDS = 4;

/** Edges that would make a circle, and those of nodes that are not there, are passed over. */
export function layOut(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Layout {
  const known = new Set(nodes.map(({ id }) => id));
  const kept = withoutCircles(
    known,
    edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to)),
  );
  const layerOf = layersOf([...known], kept);
  const layers: string[][] = [];
  for (const { id } of nodes) (layers[layerOf.get(id) as number] ??= []).push(id);
  for (let round = 0; round < ROUNDS; round++) {
    const forth = round % 2 === 0;
    for (const at of forth ? layers.keys() : [...layers.keys()].toReversed()) order(layers, at, { kept, forth });
  }
  const rows = Math.max(0, ...layers.map((layer) => layer.length));
  return {
    nodes: layers.flatMap((ids, layer) => ids.map((id, at) => ({ id, layer, row: at + (rows - ids.length) / 2 }))),
    layers: layers.length,
    rows,
  };
}

function withoutCircles(known: ReadonlySet<string>, edges: readonly GraphEdge[]): GraphEdge[] {
  const following = new Map<string, GraphEdge[]>();
  for (const edge of edges) following.set(edge.from, [...(following.get(edge.from) ?? []), edge]);
  const state = new Map<string, "open" | "done">();
  const kept: GraphEdge[] = [];
  for (const start of known) {
    const path = state.has(start) ? [] : [{ id: start, next: 0 }];
    if (path.length > 0) state.set(start, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = following.get(top.id)?.[top.next++];
      if (edge === undefined) {
        state.set(top.id, "done");
        path.pop();
      } else if (state.get(edge.to) !== "open") {
        kept.push(edge);
        if (state.has(edge.to)) continue;
        state.set(edge.to, "open");
        path.push({ id: edge.to, next: 0 });
      }
    }
  }
  return kept;
}

/** The longest way from a first one; what leads only to one later thing stands just before it. */
function layersOf(ids: readonly string[], edges: readonly GraphEdge[]): Map<string, number> {
  const layer = new Map(ids.map((id) => [id, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const { from, to } of edges) {
      const least = (layer.get(from) as number) + 1;
      if ((layer.get(to) as number) >= least) continue;
      layer.set(to, least);
      changed = true;
    }
  }
  for (const id of ids) {
    if (edges.some(({ to }) => to === id)) continue;
    const after = edges.filter(({ from }) => from === id).map(({ to }) => layer.get(to) as number);
    if (after.length > 0) layer.set(id, Math.min(...after) - 1);
  }
  return layer;
}

function order(layers: string[][], at: number, { kept, forth }: { kept: readonly GraphEdge[]; forth: boolean }): void {
  const places = new Map(layers.flatMap((ids) => ids.map((id, row) => [id, row] as const)));
  const weight = (id: string, row: number): number => {
    const beside = kept
      .filter((edge) => (forth ? edge.to : edge.from) === id)
      .map((edge) => places.get(forth ? edge.from : edge.to) as number);
    return beside.length === 0 ? row : beside.reduce((sum, each) => sum + each, 0) / beside.length;
  };
  const layer = layers[at] ?? [];
  const weights = new Map(layer.map((id, row) => [id, weight(id, row)]));
  layers[at] = layer.toSorted((a, b) => (weights.get(a) as number) - (weights.get(b) as number));
}
