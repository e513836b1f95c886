/** How long work tells how far it is; the command line renders it, the library ignores it. */

/** One stretch of work with a known or unknown end. */
export interface ProgressTask {
  /** `bytes` and `files` are what was done since the last call. */
  advance(bytes: number, files?: number): void;
  /** Says how much it will be in all, where that is known only later. */
  expect(total: { bytes?: number; files?: number }): void;
  done(): void;
}

/** Starts a stretch of work: label ("hashing"), and totals as far as they are known. */
export interface Progress {
  task(label: string, total?: { bytes?: number; files?: number }): ProgressTask;
}

const nothing: ProgressTask = { advance() {}, expect() {}, done() {} };

/** Tells nobody. */
export const silent: Progress = { task: () => nothing };
