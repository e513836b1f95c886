/** Stages as MLflow had them, as events. */
import { display } from "../../base/paths.ts";
import { createTag } from "../../git/tags.ts";
import { heldNow, readChain, stageName } from "../../registry/chain.ts";
import type { Repo } from "../../repo/repo.ts";
import { formatEvent } from "../../values/tag-message.ts";
import type { StageWish } from "./import-plan.ts";
import type { ImportedBefore } from "./imported-before.ts";

export interface MovedStage {
  /** `MODEL#STAGE`. */
  stage: string;
  version: number;
  /** As MLflow calls it. */
  what: string;
  /** Number of the event; null in a dry run. */
  event: number | null;
}

const REASON = "imported from MLflow: ";

/** Moves of stages, and why some were not made. */
export class StageMoves {
  readonly made: MovedStage[] = [];
  readonly notes: string[] = [];
  readonly #repo: Repo;
  readonly #before: ImportedBefore;
  readonly #dryRun: boolean;

  constructor(repo: Repo, before: ImportedBefore, { dryRun }: { dryRun: boolean }) {
    this.#repo = repo;
    this.#before = before;
    this.#dryRun = dryRun;
  }

  /** Adds an event unless the stage held the version before: what people moved since is theirs. */
  async move({ model, stage, number, time, what }: StageWish): Promise<void> {
    const name = stageName({ model, stage });
    const found = this.#before.madeOf(model, number);
    if (found === undefined)
      return this.#withoutVersion(name, { number: this.#before.plannedOf(model, number), wished: number, what });
    const chain = await readChain(this.#repo.git, await this.#repo.git.refs(), { model, stage });
    if (chain?.events.some(({ event }) => event.version === found.version)) return;
    if (chain !== null && !chain.events.every(({ event }) => event.reason.startsWith(REASON))) {
      this.notes.push(`${name} was left as it is: it was moved by mvgit already`);
      return;
    }
    const last = chain?.events.at(-1) ?? null;
    const event = {
      model,
      stage,
      number: (last?.event.number ?? 0) + 1,
      version: found.version,
      before: chain === null ? null : heldNow(chain),
      package: found.packageHash,
      previous: last?.oid ?? null,
      reason: `${REASON}${what}`,
    };
    this.made.push({ stage: name, version: found.version, what, event: this.#dryRun ? null : event.number });
    if (this.#dryRun) return;
    const when = Math.floor((time || Date.parse(found.pack.time)) / 1000);
    const git = this.#repo.git.authoredBy({ name: "mvgit", email: "", time: when, zone: "+0000" }, { dated: true });
    await createTag(git, `${name}#${event.number}`, { commit: found.commit, message: formatEvent(event) });
  }

  /** `number`: what a dry run would have made of MLflow's version `wished`. */
  #withoutVersion(
    stage: string,
    { number, wished, what }: { number: number | undefined; wished: number; what: string },
  ): void {
    if (number !== undefined) this.made.push({ stage, version: number, what, event: null });
    else this.notes.push(`${stage} was not set: version ${wished} of MLflow's ${display(what)} is not here`);
  }
}
