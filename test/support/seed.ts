// Times are told in the reader's zone, and what tests expect is written for this one.
process.env["TZ"] = "UTC";

/** Replays property tests: `MVGIT_SEED=123 npx vitest run test/property` uses the seed that a failure printed. */
const seed = process.env["MVGIT_SEED"];
if (seed) {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ seed: Number(seed) });
}
