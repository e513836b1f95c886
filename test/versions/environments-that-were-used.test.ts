import { expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Mapping } from "../../src/values/document.ts";
import { readEnvironmentRecord } from "../../src/values/environment-record.ts";
import { mayHaveBeenUsed } from "../../src/versions/reproduce/programs.ts";

it(
  "of the environments that stood in a work tree, those of the programs that were seen may have been used; " +
    "all, where none was seen",
  () => {
    const python = { kind: "python", prefix: { place: "work tree", path: "sub/.venv", kind: "venv" } };
    const used = (environment: Mapping): string[] =>
      (["sub/.venv", ".venv", "node_modules"] as RepoPath[]).filter((path) =>
        mayHaveBeenUsed(path, readEnvironmentRecord(environment)),
      );
    expect(used({ seen: "processes", interpreters: [python] })).toEqual(["sub/.venv"]);
    expect(used({ seen: "processes", interpreters: [{ kind: "node" }] })).toEqual(["node_modules"]);
    expect(
      used({ seen: "processes", interpreters: [{ ...python, prefix: { ...python.prefix, place: "home" } }] }),
    ).toEqual([]);
    for (const seen of ["command", "guess", "nothing"])
      expect(used({ seen, interpreters: [python] })).toEqual(["sub/.venv", ".venv", "node_modules"]);
  },
);
