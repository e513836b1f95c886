/** Lines of lists of versions, made up. */
import type { VersionLine } from "../../src/values/version-line.ts";

/** A line with nothing in it but what is given. */
export function someLine(given: Partial<VersionLine> = {}): VersionLine {
  return {
    model: "spam",
    version: 1,
    commit: "c".repeat(40),
    time: "2026-01-02T03:04:05+00:00",
    author: "A Tester <tester@example.com>",
    message: "",
    metrics: {},
    params: {},
    from: null,
    stages: [],
    seconds: null,
    size: 0,
    data: [],
    signed: false,
    notes: [],
    retracted: null,
    ...given,
  };
}
