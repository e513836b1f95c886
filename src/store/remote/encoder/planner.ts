/** What is to become of a new blob: which parts the remote has, and whether storing the others alone is worth it. */
import { regionsOf } from "../../../encoding/cuts/regions.ts";
import type { Cut, Region } from "../../../encoding/types.ts";
import type { RandomAccess } from "../../../values/tensors/access.ts";
import type { NearBlob } from "../../blob-store.ts";
import type { Candidates } from "./candidates.ts";
import { Coder } from "./coder.ts";
import type { Codecs } from "./codecs.ts";
import { DeltaBases } from "./deltas.ts";
import { estimate, isWorthIt, type Means, savesAlone } from "./estimate.ts";
import { FreshBytes } from "./fresh.ts";
import { GapFiller } from "./gap.ts";
import type { Kept } from "./layouts.ts";
import type { Layout } from "./layout.ts";
import { accessTo, LocalBytes } from "./local.ts";
import { hasJoints } from "./matches.ts";
import type { Part } from "./parts.ts";
import { Patches } from "./patches.ts";
import { knownBytes, partsOf } from "./plan.ts";
import { SourceCheck } from "./sources.ts";
import { cutsOf } from "./survey.ts";
import { type Looked, surveyOf, WORTH_A_THREAD } from "./surveyor.ts";

/** A blob before it is read, and what may come of that. */
export interface Prospect {
  item: Looked;
  /** Of what it is compared with. */
  layouts: readonly Layout[];
  access: RandomAccess;
  regions: readonly Region[];
  coder: Coder;
  /** Whether its bytes alone may take less than the blob. */
  isShortened: boolean;
  /** Whether the blob will be stored whole for sure. */
  isHopeless: boolean;
}

export interface Planned {
  /** What it consists of, for a cut list. */
  cuts: readonly Cut[];
  parts: readonly Part[];
  /** Bytes that the remote has. */
  known: number;
  means: Means;
  /** What new parts and the recipe would take, about. */
  bytes: number;
  isWorthIt: boolean;
}

/** Plans blobs for one remote. */
export class Planner {
  readonly #kept: Kept;
  readonly #candidates: Candidates;
  readonly #sources: SourceCheck;
  readonly #codecs: Codecs;

  constructor(kept: Kept, candidates: Candidates, codecs: Codecs) {
    this.#codecs = codecs;
    this.#kept = kept;
    this.#candidates = candidates;
    this.#sources = new SourceCheck(kept);
  }

  /** A first look, that does not read the blob. Throws what the place throws. */
  async look(item: Looked): Promise<Prospect> {
    const { near = [], source, look } = item;
    const { size } = source;
    const layouts = await this.#candidates.of(near, size);
    const access = accessTo(size, look.read);
    const regions = await regionsOf(access);
    const coder = new Coder(this.#codecs);
    const isShortened = await savesAlone(access, regions);
    return { item, layouts, access, regions, coder, isShortened, isHopeless: !isShortened && layouts.length === 0 };
  }

  /** What the blob consists of, for a cut list; null for too many cuts. Throws `blob-damaged` for other bytes. */
  async cutsOf({ item, regions }: Prospect): Promise<readonly Cut[] | null> {
    const pieces = await surveyOf(item, { regions, isJoined: false, layouts: [] });
    return pieces && cutsOf(pieces);
  }

  /** Reads the blob once. Null for too many parts. Throws `blob-damaged` for bytes that are not the blob's. */
  async plan({ item, layouts, access, regions, coder, isShortened }: Prospect): Promise<Planned | null> {
    const { hash, source, near = [] } = item;
    if (isShortened && source.size >= WORTH_A_THREAD) this.#codecs.expectMuch();
    const isJoined = isShortened || layouts.some(hasJoints);
    const pieces = await surveyOf(item, { regions, isJoined, layouts });
    if (pieces === null) return null;
    const local = new LocalBytes(this.#kept.local);
    const fresh = new FreshBytes(hash, access, item.look.file);
    const filler = new GapFiller((piece) => fresh.piece(piece), local);
    const bases = this.#bases(near, layouts, local);
    const patches = new Patches(access, { local, bases, sources: this.#sources });
    const parts = await partsOf(pieces, { filler, patches, closest: layouts[0] ?? null });
    const means = { fresh, coder, bases };
    const bytes = await estimate(parts, means);
    return {
      cuts: cutsOf(pieces),
      parts,
      known: knownBytes(parts),
      means,
      bytes,
      isWorthIt: isWorthIt(bytes, source.size) && (await this.#sources.haveAll(parts)),
    };
  }

  #bases(near: readonly NearBlob[], layouts: readonly Layout[], local: LocalBytes): DeltaBases {
    return new DeltaBases(layouts, {
      local,
      regionsIn: (layout) => this.#candidates.regionsOf(layout, local),
      sources: this.#sources,
      before: this.#candidates.before(near, layouts),
    });
  }
}
