/** What became of the runs of a clone since they were last looked at, for those who follow them. */
import * as fs from "node:fs";
import type { Repo } from "../repo/repo.ts";
import { journalOf } from "./run/kept/journal-of.ts";
import { listRuns, type RunState, runStateOf } from "../repo/runs.ts";
import { outputFile } from "./run-output.ts";

export interface RunChange {
  id: string;
  /** `grew`: its log, what MLflow recorded, or what it printed. `gone`: listed no more, as when its version stands. */
  what: "began" | "grew" | "ended" | "gone";
}

interface Seen {
  state: RunState;
  size: string;
}

/** One who follows. */
export class RunGrowth {
  readonly #repo: Pick<Repo, "git">;
  #seen: Map<string, Seen> | null = null;

  constructor(repo: Pick<Repo, "git">) {
    this.#repo = repo;
  }

  /** Whether one was in progress at the last look. */
  get isAnyRunning(): boolean {
    return [...(this.#seen?.values() ?? [])].some(({ state }) => state === "running");
  }

  /** All that changed; nothing at the first look. */
  look(): RunChange[] {
    const before = this.#seen;
    const now = new Map(
      listRuns(this.#repo).map((record) => {
        const state = runStateOf(this.#repo, record);
        const files = [record.log, journalOf(this.#repo, record.id), outputFile(this.#repo, record.id)];
        return [record.id, { state, size: state === "running" ? files.map(sizeOf).join(" ") : "" }] as const;
      }),
    );
    this.#seen = now;
    if (before === null) return [];
    const changed = [...now].flatMap(([id, seen]): RunChange[] => {
      const was = before.get(id);
      if (was === undefined) return [{ id, what: "began" }];
      if (was.state !== seen.state) return [{ id, what: seen.state === "running" ? "began" : "ended" }];
      return was.size === seen.size ? [] : [{ id, what: "grew" }];
    });
    const gone = [...before.keys()].filter((id) => !now.has(id));
    return [...changed, ...gone.map((id): RunChange => ({ id, what: "gone" }))];
  }
}

function sizeOf(file: string): string {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "-" : `${found.ino}.${found.size}`;
}
