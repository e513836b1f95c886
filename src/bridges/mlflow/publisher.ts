/** What a repository has for MLflow's client, looked at anew as its refs change. */
import { plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { Watch } from "../../base/watch.ts";
import { type ArtifactTree, treeOf } from "../../mlflow/artifact-tree.ts";
import { Refusal } from "../../mlflow/answers.ts";
import { type Published, type PublishedRecording, recordingOf, type Root } from "../../mlflow/published.ts";
import type { Registry } from "../../registry/registry.ts";
import { formatLabel } from "../../values/label.ts";
import type { KnownVersions, StoredFile, Whole } from "../../registry/whole.ts";
import { TakenBack } from "./taken-back.ts";

/** Files of one version that are listed. */
const MOST_FILES = 200_000;
/** Versions whose lists of files are kept. */
const KEPT = 8;

/** A repository at one moment. */
export interface Moment extends PublishedRecording {
  /** As its refs were. */
  registry: Registry;
  /** Stages whose history was taken back since they were looked at first, each with why. */
  takenBack: ReadonlyMap<string, string>;
}

/** Looks anew for each question, or as often as it is told; what never changes it keeps. */
export class Publisher {
  readonly #registry: Registry;
  readonly #watch: Pick<Watch, "clock" | "warn">;
  readonly #every: number;
  readonly #takenBack: TakenBack | null;
  readonly #known: KnownVersions = new Map();
  readonly #told = new Set<string>();
  readonly #files = new Map<string, Promise<StoredFile[]>>();
  readonly #trees = new WeakMap<Root, Promise<ArtifactTree<StoredFile>>>();
  #last: { moment: Moment; state: string; looked: number } | null = null;
  #looking: Promise<Moment> | null = null;

  /**
   * `every`: milliseconds for which a look at the refs counts. `remembers`: what the host takes back is told, where no
   * clone does.
   */
  constructor(
    registry: Registry,
    watch: Pick<Watch, "clock" | "warn">,
    { every, remembers }: { every: number; remembers: boolean },
  ) {
    this.#registry = registry;
    this.#takenBack = remembers ? new TakenBack() : null;
    this.#watch = watch;
    this.#every = every;
  }

  /** The repository now. What asks at once is answered by one look. Throws what the registry throws. */
  now(): Promise<Moment> {
    const last = this.#last;
    if (last !== null && this.#watch.clock.now() - last.looked < this.#every) return Promise.resolve(last.moment);
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** As it was looked at last, for files, which do not change: null before the first look. */
  get last(): Moment | null {
    return this.#last?.moment ?? null;
  }

  /** The next question looks anew. */
  forget(): void {
    if (this.#last !== null) this.#last.looked = Number.NEGATIVE_INFINITY;
  }

  async #look(): Promise<Moment> {
    const looked = this.#watch.clock.now();
    const registry = await this.#registry.snapshot();
    const state = await registry.state();
    if (this.#last?.state === state) {
      this.#last.looked = looked;
      return this.#last.moment;
    }
    const whole = await registry.whole(this.#known);
    const takenBack = this.#takenBack?.among(whole.events) ?? new Map<string, string>();
    for (const problem of [...whole.problems, ...takenBack.values()]) this.#tell(problem);
    const stages = whole.stages.filter((each) => !takenBack.has(formatLabel({ kind: "stage", ...each })));
    const moment = { ...recordingOf(publishedBy({ ...whole, stages }), () => looked), registry, takenBack };
    this.#last = { moment, state, looked };
    return moment;
  }

  /** Each said once. */
  #tell(problem: string): void {
    if (this.#told.has(problem) || this.#told.size > 1000) return;
    this.#told.add(problem);
    this.#watch.warn(display(problem));
  }

  /** The artifacts of a run or a model. Throws what the stores throw, and a refusal for more files than are listed. */
  tree(moment: Moment, root: Root): Promise<ArtifactTree<StoredFile>> {
    const known = this.#trees.get(root);
    if (known !== undefined) return known;
    const made = this.#stored(moment, root).then((files) => treeOf(root, files));
    this.#trees.set(root, made);
    // What is out of reach now may be there later.
    made.catch(() => this.#trees.delete(root));
    return made;
  }

  #stored({ registry }: Moment, { of: { pack, packageHash } }: Root): Promise<StoredFile[]> {
    const known = this.#files.get(packageHash);
    const listed = known ?? filesOf(registry, pack.weights);
    this.#files.delete(packageHash);
    this.#files.set(packageHash, listed);
    listed.catch(() => this.#files.delete(packageHash));
    if (this.#files.size > KEPT) this.#files.delete([...this.#files.keys()][0] as string);
    return listed;
  }
}

function publishedBy({ versions, stages }: Whole): Published {
  return {
    versions: versions.map(({ version: { pack, packageHash, commit }, recorded, retracted }) => ({
      pack,
      packageHash,
      commit,
      recorded,
      retracted,
    })),
    stages,
  };
}

/** Every file of a version's weights. Throws a refusal where there are too many. */
async function filesOf(
  registry: Registry,
  weights: Published["versions"][number]["pack"]["weights"],
): Promise<StoredFile[]> {
  const count = weights.reduce((sum, { files = 1 }) => sum + files, 0);
  if (count > MOST_FILES)
    throw new Refusal(
      "INVALID_PARAMETER_VALUE",
      `This version has ${plural(count, "file")}, more than are listed here: 'mvgit get' brings them.`,
    );
  const found: StoredFile[] = [];
  for (const file of weights) for await (const each of registry.storedFiles(file)) found.push(each);
  return found;
}
