/** Lines of `stages.yaml` against the chains they were written from. */
import type { StageLine } from "../values/stages-file.ts";
import type { Chain } from "./chain.ts";

/** The chain of the line's stage, where there is one. */
export function chainOf(chains: readonly Chain[], line: Pick<StageLine, "model" | "stage">): Chain | undefined {
  return chains.find(({ model, stage }) => model === line.model && stage === line.stage);
}

/**
 * Whether somebody changed the number: the event that the line names set another one. Of an event that is not here
 * nobody can tell.
 */
export function isEdited(line: StageLine, chain: Chain | undefined): boolean {
  if (line.event === null) return true;
  const event = chain?.events.find((each) => each.event.number === line.event);
  return event !== undefined && event.event.version !== line.version;
}
