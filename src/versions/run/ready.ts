/** A run before its command is started. */
import type { Environment } from "../../program/find.ts";
import type { Repo } from "../../repo/repo.ts";
import type { RunEntry } from "../../repo/runs.ts";
import type { Around, Inputs, Plan } from "./plan.ts";

/** A run that is about to start. */
export interface Ready {
  /** The user's. */
  repo: Repo;
  /** Where the command runs: the same, or a scratch work tree. */
  place: Repo;
  plan: Plan;
  inputs: Inputs;
  around: Around;
  entry: RunEntry;
  /** All that the command prints goes to this open file; null: to the terminal. */
  output: number | null;
  /** For the command, besides what every run has. */
  env: Environment;
}
