/**
 * What MLflow's client told, in memory and bounded: experiments, runs, models. Pure; ids and time come from outside.
 */
import { randomBytes } from "../base/clock.ts";
import type { MetricValue } from "../values/package.ts";

export interface Point {
  step: number;
  /** Milliseconds since 1970. */
  time: number;
  value: MetricValue;
}

/** One metric of a run: its newest value, and its course, thinned when it grows too long. */
export interface Curve {
  last: Point;
  points: Point[];
  /** Every so-manieth point is kept. */
  stride: number;
  seen: number;
}

export interface Dataset {
  name: string;
  digest: string;
  /** `local`, `http`, `code` and the like. */
  type: string;
  /** `train`, `eval`; "" when nobody said. */
  context: string;
  /** As the client sent it, for its own questions. */
  raw: unknown;
}

export interface TrackedRun {
  id: string;
  name: string;
  experiment: string;
  user: string;
  status: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number | null;
  deleted: boolean;
  params: Map<string, string>;
  metrics: Map<string, Curve>;
  tags: Map<string, string>;
  datasets: Dataset[];
  /** Ids of logged models. */
  outputs: string[];
}

export interface Experiment {
  id: string;
  name: string;
  created: number;
  deleted: boolean;
  tags: Map<string, string>;
  /** A search in it is one in all. */
  holdsAll?: boolean;
}

/** A model as MLflow 3 logs it, with a folder of artifacts of its own. */
export interface LoggedModel {
  id: string;
  name: string;
  experiment: string;
  /** "" for none. */
  run: string;
  type: string;
  status: string;
  created: number;
  params: Map<string, string>;
  tags: Map<string, string>;
}

export interface RegisteredVersion {
  version: number;
  run: string;
  model: string;
  source: string;
  created: number;
  description: string;
  tags: Map<string, string>;
  /** It is never the latest. */
  retracted?: boolean;
}

export interface RegisteredModel {
  name: string;
  created: number;
  description: string;
  tags: Map<string, string>;
  aliases: Map<string, number>;
  versions: RegisteredVersion[];
}

/** Most of each kind in one recording; what comes after is refused with RESOURCE_EXHAUSTED. */
export const MOST = {
  experiments: 1000,
  runs: 20_000,
  models: 20_000,
  names: 5000,
  points: 2_000_000,
  text: 64 * 1024,
};
/** Points that every curve may keep, however many curves there are. */
const FEWEST_POINTS = 64;
/** Points that one curve keeps at most. */
const LONGEST_CURVE = 20_000;

/** All that one client told; times are milliseconds since 1970. What is beyond its bounds is noted. */
export class Recording {
  readonly experiments = new Map<string, Experiment>();
  readonly runs = new Map<string, TrackedRun>();
  readonly models = new Map<string, LoggedModel>();
  readonly registered = new Map<string, RegisteredModel>();
  /** Ids under which others know runs and logged models, and those that they have here. */
  readonly alsoKnown = new Map<string, string>();
  /** What could not be taken, each said once. */
  readonly notes = new Set<string>();
  readonly now: () => number;
  readonly newId: () => string;
  #curves = 0;

  constructor(now: () => number, newId: () => string = () => randomBytes(16).toString("hex")) {
    this.now = now;
    this.newId = newId;
    this.addExperiment("Default", "0");
  }

  addExperiment(name: string, id = String(this.experiments.size)): Experiment {
    const made = { id, name, created: this.now(), deleted: false, tags: new Map<string, string>() };
    this.experiments.set(id, made);
    return made;
  }

  /** Takes a value of a metric. The newest is the one of the highest step, then of the latest time. */
  addPoint(run: TrackedRun, name: string, point: Point): void {
    const curve = run.metrics.get(name);
    if (curve === undefined) {
      this.#curves++;
      run.metrics.set(name, { last: point, points: [point], stride: 1, seen: 1 });
      return;
    }
    // Clients tell again, with a model that they logged, what they told of its run.
    if (isAgain(curve, point)) return;
    if (point.step > curve.last.step || (point.step === curve.last.step && point.time >= curve.last.time))
      curve.last = point;
    if (curve.seen++ % curve.stride !== 0) return;
    curve.points.push(point);
    if (curve.points.length <= Math.min(LONGEST_CURVE, Math.max(FEWEST_POINTS, MOST.points / this.#curves))) return;
    curve.stride *= 2;
    curve.points = curve.points.filter((_, index) => index % 2 === 0);
    this.notes.add("long curves were thinned");
  }
}

/** Points come mostly in the order of their times: what is newer than the newest is looked for nowhere. */
function isAgain({ points }: Curve, { step, time, value }: Point): boolean {
  return (
    points.findLast((each) => {
      const isIt = each.step === step && each.time === time && each.value === value;
      return isIt || (each.time < time && each.step <= step);
    })?.time === time
  );
}

/** The course of a metric in the order of its steps, its newest value among them. */
export function pointsOf({ points, last }: Curve): Point[] {
  const all = points.includes(last) ? points : [...points, last];
  return all.toSorted((a, b) => a.step - b.step || a.time - b.time);
}
