/** What people type to do something with a version. */
import { shellWord } from "../base/shell.ts";
import type { ModelName } from "./label.ts";

export interface VersionCommand {
  /** What it does, an imperative without full stop. */
  does: string;
  /** As it is typed. */
  line: string;
}

export interface CommandsOf {
  model: ModelName;
  version: number;
  /** The version that it came from. */
  from: number | null;
  /** Whether a command made it, that can be run again. */
  wasRun: boolean;
  signed: boolean;
  /** Stages of the model, those that hold the version first. */
  stages: readonly string[];
  /** The address of the repository as `mvgit get` takes it; null where it is not known. */
  repository: string | null;
}

export function commandsOf({ model, version, from, wasRun, signed, stages, repository }: CommandsOf): VersionCommand[] {
  const label = `${model}@v${version}`;
  const address = repository === null ? "REPOSITORY" : shellWord(repository);
  return [
    { does: "check it out, code and all", line: `git switch --detach ${label} && mvgit checkout` },
    { does: "put its files into a folder", line: `mvgit export ${label} -o ${model}` },
    { does: "get its files on another machine", line: `mvgit get ${address} ${label} -o ${model}` },
    ...(wasRun ? [{ does: "run it again, and compare the results", line: `mvgit reproduce ${label}` }] : []),
    { does: "move a stage to it", line: `mvgit promote ${label} ${stages[0] ?? "production"} -m 'why'` },
    ...(from === null
      ? []
      : [{ does: "say what changed since the version before", line: `mvgit compare ${model}@v${from} ${label}` }]),
    { does: "say what led to it and what came of it", line: `mvgit lineage ${label}` },
    { does: "print what a prediction logs to name it", line: `mvgit receipt ${label}` },
    ...(signed ? [{ does: "verify its signature", line: `git verify-tag ${label}` }] : []),
    { does: "verify its files, tags and moves", line: `mvgit audit ${model} --verify` },
  ];
}
