/** What a command is given besides its arguments. */
import type { Watch } from "../base/watch.ts";
import type { TakeSignals } from "../base/stop-signals.ts";
import type { Registry } from "../registry/registry.ts";
import type { Repo } from "../repo/repo.ts";

/** What the frame makes for one call of a command. */
export interface Session {
  /** Absolute; after `-C`. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
  /** Signals for a program that is being run, instead of the end of mvgit. */
  signals: TakeSignals;
  /** stdout holds one JSON document and nothing else. */
  json: boolean;
  /** The repository around `cwd`, opened at the first call. Throws `not-a-repository`, `setting-invalid`. */
  repo(): Promise<Repo>;
  /** As `repo`; null where there is no work tree to be used, or no git program. */
  repoIfAny(): Promise<Repo | null>;
  /**
   * The versions and stages around `cwd`: of that repository, and also where there is no work tree (a bare repository)
   * or no git program. Throws what `repo` throws where nothing can be read.
   */
  registry(): Promise<Registry>;
  /** All of stdin as text, at most 1 MiB. Throws `usage` for more. */
  input(): Promise<string>;
  /** Bytes to stdout, for commands whose output is `bytes`: false when nobody reads any more, so that it can stop. */
  write(bytes: Uint8Array): Promise<boolean>;
}
