/** Where a version came from, and what came of it, within one repository. */
import { plural } from "../../base/counts.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { shellCommand } from "../../base/shell.ts";
import type { Hash } from "../../values/hash.ts";
import { readOrigin } from "../../values/origin.ts";
import type { PackageFile } from "../../values/package.ts";
import { POINTER_CAP, pointerPathOf, readPointer } from "../../values/pointer.ts";
import { decodeSourceValue } from "../../values/source-value.ts";
import { type Chain, heldNow } from "../chain.ts";
import { reportOf } from "../event-report.ts";
import { chainsSeen, remarksSeen } from "../held-against.ts";
import type { Look } from "../look.ts";
import { resolveText } from "../resolve.ts";
import { nameOf, readVersions, type Version } from "../versions.ts";
import { type Kin, kinOf, type Scanned } from "./kin.ts";
import type { LineageEdge, LineageNode, LineageReport, VersionNode } from "./report.ts";

export interface LineageRequest {
  /** Generations before and after; default 3. */
  depth?: number;
}

const DEPTH = 3;
/** Versions that are shown at most, and of those that came of one version. */
const MOST = { versions: 150, children: 12, deepest: 100 };

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function lineageOf(look: Look, label: string, { depth = DEPTH }: LineageRequest): Promise<LineageReport> {
  const { version } = (await resolveText(look, label)).found;
  const walk = new Walk(await kinOf(look.git, look.refs), Math.min(depth, MOST.deepest));
  const start = nameOf(version);
  walk.from(start);
  const graph = new Graph(start);
  await addVersions(look, graph, walk);
  const chains = await addRemarksAndStages(look, graph);
  addBytes(graph, walk);
  await addSources(look, graph);
  addCommit(graph, version);
  addPeriods(graph, chains, version);
  if (walk.shown.size >= MOST.versions)
    graph.notes.push(`no more than ${plural(walk.shown.size, "version")} are shown`);
  return { label: start, depth: walk.depth, ...graph.report() };
}

/** Which versions are shown, and by which bytes they hang together; nearest first. */
class Walk {
  readonly depth: number;
  readonly kin: Kin;
  /** Names of versions, with whether their data is shown. */
  readonly shown = new Map<string, { withData: boolean }>();
  readonly hidden = new Map<string, { before: number; after: number }>();
  /** Bytes by which one version led to another. */
  readonly links: { maker: string; user: string; hash: Hash }[] = [];

  constructor(kin: Kin, depth: number) {
    this.kin = kin;
    this.depth = depth;
  }

  from(start: string): void {
    this.shown.set(start, { withData: true });
    this.#spread(start, (name) => this.#before(name));
    this.#spread(start, (name) => this.#after(name));
  }

  #spread(start: string, next: (name: string) => { names: string[]; side: "before" | "after" }): void {
    let level = [start];
    for (let at = 0; level.length > 0; at++) {
      const following: string[] = [];
      for (const name of level) {
        const { names, side } = next(name);
        const fresh = names.filter((each) => !this.shown.has(each));
        const most = side === "before" ? fresh.length : MOST.children;
        const taken = at < this.depth ? fresh.slice(0, Math.min(most, MOST.versions - this.shown.size)) : [];
        for (const each of taken) this.shown.set(each, { withData: side === "before" });
        const counts = this.hidden.get(name) ?? { before: 0, after: 0 };
        this.hidden.set(name, { ...counts, [side]: fresh.length - taken.length });
        following.push(...taken);
      }
      level = following;
    }
  }

  #before(name: string): { names: string[]; side: "before" } {
    const scanned = this.kin.byName.get(name);
    const from = scanned?.from ? nameOf({ model: scanned.ref.model, version: scanned.from }) : null;
    const makers = (scanned?.data ?? []).flatMap((hash) => this.#makerOf(hash, scanned as Scanned) ?? []);
    const names = [...(from !== null && this.kin.byName.has(from) ? [from] : []), ...makers];
    return { names: [...new Set(names)], side: "before" };
  }

  /** The first that made the bytes, before they were used. */
  #makerOf(hash: Hash, user: Scanned): string | null {
    const maker = this.kin.makers.get(hash)?.[0];
    if (maker === undefined || maker.time > user.time || nameOf(maker.ref) === nameOf(user.ref)) return null;
    this.links.push({ maker: nameOf(maker.ref), user: nameOf(user.ref), hash });
    return nameOf(maker.ref);
  }

  #after(name: string): { names: string[]; side: "after" } {
    const scanned = this.kin.byName.get(name);
    const children = (this.kin.children.get(name) ?? []).map(({ ref }) => nameOf(ref));
    const users = (scanned?.made ?? []).flatMap((hash) =>
      (this.kin.users.get(hash) ?? []).flatMap((user) => {
        if (nameOf(user.ref) === name || user.time < (scanned as Scanned).time) return [];
        this.links.push({ maker: name, user: nameOf(user.ref), hash });
        return [nameOf(user.ref)];
      }),
    );
    return { names: [...new Set([...users, ...children])], side: "after" };
  }
}

/** Nodes and edges, each once. */
class Graph {
  readonly start: string;
  readonly versions = new Map<string, Version>();
  readonly nodes = new Map<string, LineageNode>();
  readonly notes: string[] = [];
  readonly #edges = new Map<string, LineageEdge>();

  constructor(start: string) {
    this.start = start;
  }

  add(node: LineageNode): void {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
  }

  join(from: string, to: string, kind: LineageEdge["kind"]): void {
    if (this.nodes.has(from) && this.nodes.has(to)) this.#edges.set(`${from} ${to} ${kind}`, { from, to, kind });
  }

  report(): Pick<LineageReport, "nodes" | "edges" | "notes"> {
    return { nodes: [...this.nodes.values()], edges: [...this.#edges.values()], notes: this.notes };
  }
}

/** Reads those that are shown whole; one that cannot be trusted is told, and not shown. */
async function addVersions({ git }: Look, graph: Graph, { kin, shown, hidden }: Walk): Promise<void> {
  const wanted = [...shown.keys()].flatMap((name) => kin.byName.get(name)?.ref ?? []);
  for await (const reading of readVersions(git, wanted)) {
    if (reading.kind === "damaged") graph.notes.push(`${nameOf(reading.ref)} cannot be trusted: ${reading.reason}`);
    if (reading.kind !== "version") continue;
    const { pack } = reading.version;
    const name = nameOf(pack);
    graph.versions.set(name, reading.version);
    graph.add({
      id: name,
      kind: "version",
      ...told(reading.version),
      hidden: hidden.get(name) ?? { before: 0, after: 0 },
    });
  }
  for (const { pack } of graph.versions.values()) {
    const before = pack.from === null ? null : nameOf({ model: pack.model, version: pack.from });
    if (before === null) continue;
    graph.join(before, nameOf(pack), "version");
    if (!kin.byName.has(before)) graph.notes.push(`${before}, which ${nameOf(pack)} came from, is not here`);
  }
}

/** What holds which version now, and which are retracted; answers the chains of all models that are shown. */
async function addRemarksAndStages(look: Look, graph: Graph): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (const model of new Set([...graph.versions.values()].map((each) => each.model))) {
    for (const chain of await chainsSeen(look, { model })) {
      const version = heldNow(chain);
      const node = version === null ? undefined : graph.nodes.get(nameOf({ model, version }));
      if (node?.kind === "version" && chain.problems.length === 0) node.stages.push(chain.stage);
      chains.push(chain);
    }
    for (const [name, { retracted }] of await remarksSeen(look, { model })) {
      const node = graph.nodes.get(name);
      if (node?.kind === "version" && retracted !== null) node.retracted = retracted.text;
    }
  }
  return chains;
}

function told({ pack }: Version): Omit<VersionNode, "id" | "kind" | "hidden"> {
  const { model, version, time, author, message, metrics } = pack;
  return { model, version, time, author, message, metrics, stages: [], retracted: null };
}

/** Data of those that came before, and bytes by which others came of it. */
function addBytes(graph: Graph, { shown, links }: Walk): void {
  const add = (file: PackageFile): string => {
    const id = `bytes:${file.hash}`;
    const { path, hash, size, files = null } = file;
    graph.add({ id, kind: "bytes", path, hash, size, files });
    return id;
  };
  for (const [name, { pack }] of graph.versions)
    if (shown.get(name)?.withData === true) for (const file of pack.data) graph.join(add(file), name, "data");
  for (const { maker, user, hash } of links) {
    const file = graph.versions.get(user)?.pack.data.find((each) => each.hash === hash);
    if (file === undefined || !graph.versions.has(maker)) continue;
    graph.join(maker, add(file), "made");
    graph.join(add(file), user, "data");
  }
}

/** What the pointers say of where bytes were taken from: of data, and of weights of the version itself. */
async function addSources({ git }: Look, graph: Graph): Promise<void> {
  const wanted: { to: string; hash: Hash; commit: Version["commit"]; path: RepoPath }[] = [];
  const asked = new Set<string>();
  for (const [name, { pack, commit }] of graph.versions) {
    const own = name === graph.start ? pack.weights.map((file) => ({ file, to: name })) : [];
    const data = pack.data.map((file) => ({ file, to: `bytes:${file.hash}` }));
    for (const { file, to } of [...data, ...own]) {
      if (!graph.nodes.has(to) || asked.has(`${to} ${file.hash}`)) continue;
      asked.add(`${to} ${file.hash}`);
      wanted.push({ to, hash: file.hash, commit, path: pointerPathOf(file.path) });
    }
  }
  let at = 0;
  for await (const bytes of git.filesAt(wanted, POINTER_CAP)) {
    const { to, hash } = wanted[at++] as (typeof wanted)[number];
    const reading = bytes && readPointer(bytes);
    if (reading?.kind !== "pointer" || reading.pointer.hash !== hash) continue;
    const source = sourceIn(reading.pointer.extra);
    if (source === null) continue;
    graph.add({ id: `source:${hash}`, kind: "source", ...source });
    graph.join(`source:${hash}`, to, "source");
  }
}

type Source = Omit<LineageNode & { kind: "source" }, "id" | "kind">;

function sourceIn(extra: ReadonlyMap<string, string>): Source | null {
  const frozen = readOrigin(extra);
  if (frozen?.kind === "command") return { as: "command", text: shellCommand(frozen.command), time: frozen.time };
  if (frozen?.kind === "url") return { as: "url", text: frozen.url, time: frozen.time };
  for (const key of ["url", "md5", "sha256"]) {
    const text = decodeSourceValue(extra.get(`source.${key}`) ?? "");
    if (text !== "") return { as: "import", text: key === "url" ? text : `${key}:${text}`, time: null };
  }
  return null;
}

function addCommit(graph: Graph, { pack: { code }, ...version }: Version): void {
  if (code.commit === null) return;
  const id = `commit:${code.commit}`;
  graph.add({ id, kind: "commit", commit: code.commit as Version["commit"], changed: code.changed });
  graph.join(id, nameOf(version), "code");
}

/** When the version was in which stage. */
function addPeriods(graph: Graph, chains: readonly Chain[], { model, version }: Version): void {
  for (const { stage, events, problems } of chains.filter((chain) => chain.model === model)) {
    if (problems.length > 0)
      graph.notes.push(`the moves of ${model}#${stage} cannot be trusted: ${display(problems[0] as string)}`);
    for (const [at, each] of events.entries()) {
      if (each.event.version !== version) continue;
      const next = events[at + 1];
      const { event, by, reason, time: since } = reportOf(each);
      const id = `stage:${model}#${stage}#${event}`;
      graph.add({ id, kind: "stage", model, stage, since, until: next ? reportOf(next).time : null, by, reason });
      graph.join(graph.start, id, "stage");
    }
  }
}
