/** The curves of a run as they grow, put together from the pieces that the server tells. */
import type { Curve } from "../../values/curves.ts";
import type { Scalar } from "../../values/document.ts";
import type { CurveSource } from "../charts/curve-series.ts";

/** As `data/runs/ID/curves.json?after=CURSOR` answers. */
export interface CurvesPiece {
  state: string;
  /** What to ask with next. */
  cursor: string;
  /** What was told before counts no more. */
  restarted: boolean;
  /** There is more already. */
  more: boolean;
  /** Points in the order in which they came; `tracked`: the tracker's run that they are of. */
  curves: (Curve & { tracked: string | null })[];
  params: { [name: string]: Scalar };
  tracked: { id: string; name: string }[];
}

type Grown = CurvesPiece["curves"][number];

/** Takes pieces as they come, and answers with the curves as far as they are known. */
export class RunCurves {
  params: { [name: string]: Scalar } = {};
  state: string | null = null;
  #cursor = "";
  readonly #curves = new Map<string, Grown>();
  readonly #names = new Map<string, string>();

  /** What to ask with next; "" at the beginning. */
  get cursor(): string {
    return this.#cursor;
  }

  take(piece: CurvesPiece): void {
    if (piece.restarted) {
      this.#curves.clear();
      this.#names.clear();
      this.params = {};
    }
    this.#cursor = piece.cursor;
    this.state = piece.state;
    this.params = { ...this.params, ...piece.params };
    for (const { id, name } of piece.tracked) this.#names.set(id, name);
    for (const curve of piece.curves) this.#append(curve);
  }

  #append(piece: Grown): void {
    const key = JSON.stringify([piece.tracked, piece.by, piece.name]);
    const before = this.#curves.get(key);
    if (before === undefined) return void this.#curves.set(key, piece);
    before.x = before.x.concat(piece.x);
    before.y = before.y.concat(piece.y);
    before.time = before.time && piece.time && before.time.concat(piece.time);
  }

  /** One for what the program logged by itself, and for each run of a tracker; new objects at each call. */
  sources(id: string): CurveSource[] {
    const found = new Map<string | null, Curve[]>();
    for (const { tracked, ...curve } of this.#curves.values()) {
      const own = found.get(tracked);
      if (own) own.push(curve);
      else found.set(tracked, [curve]);
    }
    return [...found].map(([tracked, curves]) => ({
      label: tracked === null ? id : (this.#names.get(tracked) ?? tracked),
      curves,
    }));
  }
}
