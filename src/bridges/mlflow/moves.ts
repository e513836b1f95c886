/** Aliases of MLflow's client are moved as stages are: policies, the host's word and the stores count the same. */
import { openSilent } from "../../repo/open-silent.ts";
import type { RepoContext } from "../../repo/repo.ts";
import { checkModelName, checkStageName, formatLabel } from "../../values/label.ts";
import { promote, rollback } from "../../versions/promote.ts";

/** How aliases are moved. Throws what promote and rollback throw. */
export interface Moves {
  set(alias: { model: string; alias: string; version: number }): Promise<void>;
  remove(alias: { model: string; alias: string }): Promise<void>;
}

const REASON = "by MLflow's client";

/** Opens the clone anew for each, since its settings may have changed. */
export function movesIn(context: RepoContext): Moves {
  return {
    async set({ model, alias, version }) {
      const label = formatLabel({ kind: "version", model: checkModelName(model), version });
      const stage = checkStageName(alias);
      await promote(await openSilent(context), { label, stage, reason: REASON, commit: true });
    },
    async remove({ model, alias }) {
      const of = { model: checkModelName(model), stage: checkStageName(alias) };
      await rollback(await openSilent(context), { ...of, to: "none", reason: REASON, commit: true });
    },
  };
}
