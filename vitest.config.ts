import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that run `bin/mvgit`; for them dist/ is built once, if a source is newer. */
const PROGRAM = [
  "test/{cli,git,page,crash,concurrency,hostile,hook,hooks,python,story}/**/*.test.ts",
  "test/*.test.ts",
];

/**
 * Unit tests in a process of their own each: those that put a module in another one's place, and those of drivers, whose
 * clients keep what they know of a machine. All others share the processes, and so what they import, which takes longer
 * than most of them.
 */
const APART = ["test/store/**/*.test.ts", "test/care/{remote-copy,repack-large}.test.ts"];

/** Words of globs, apart by spaces: unit tests that a second Node need not run (`--exclude` is nothing to a project). */
const LEFT_OUT = (process.env["MVGIT_TESTS_LEFT_OUT"] ?? "").split(" ").filter((glob) => glob !== "");

/** Minutes of one worker each: begun last, they would leave the other one without work. */
const LONG = ["test/python/wheel.test.ts", "test/crash/kill.test.ts", "test/crash/run.test.ts"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((name) => moduleId.endsWith(name));
    return (await super.sort(files)).toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}

const TEMPORARY = "test/support/temporary.ts";

/** What Vitest and Playwright say of a test that ran out of time. */
const RAN_OUT_OF_TIME = /timed out in \d+ ?ms|Timeout \d+ms exceeded/;

const shared = {
  retry: process.env["MVGIT_TESTS_RETRY"] === undefined ? 0 : { count: 1, condition: RAN_OUT_OF_TIME },
  setupFiles: ["test/support/seed.ts"],
  globalSetup: [TEMPORARY],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    pool: "forks",
    // One more than CI has cores: tests wait for programs, disks and servers.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["test/*/**/*.test.ts"],
          exclude: [...PROGRAM, ...APART, ...LEFT_OUT],
          isolate: false,
        },
      },
      { test: { ...shared, name: "apart", include: APART, exclude: LEFT_OUT } },
      {
        test: {
          ...shared,
          name: "program",
          include: PROGRAM,
          globalSetup: [TEMPORARY, "test/support/build.ts"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
