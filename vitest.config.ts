import { defineConfig } from "vitest/config";

/** Tests that run `bin/mvgit`; for them dist/ is built once, if a source is newer. */
const PROGRAM = ["test/{cli,git,crash,concurrency,hostile,hook,hooks,story}/**/*.test.ts", "test/*.test.ts"];

const shared = {
  setupFiles: ["test/support/seed.ts"],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "unit", include: ["test/*/**/*.test.ts"], exclude: PROGRAM } },
      {
        test: { ...shared, name: "program", include: PROGRAM, globalSetup: ["test/support/build.ts"], testTimeout: 60_000 },
      },
    ],
  },
});
