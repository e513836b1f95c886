import { expect, it } from "vitest";
import { command as runs } from "../../src/cli/commands/versions/runs.ts";
import { makeStyle } from "../../src/cli/render/style.ts";

it("a run's command is shown as a shell reads it back", () => {
  const line = {
    id: "0a1b2c3d",
    model: "m",
    state: "failed",
    status: 3,
    started: "2026-01-01T00:00:00.000Z",
    seconds: 1,
    scores: {},
    settings: { lr: 1 },
    folder: "a b",
  };
  const text = (command: string[]): string =>
    String(runs.text?.({ runs: [{ ...line, command }] } as never, makeStyle({ color: false, width: 300 })));
  expect(text(["sh", "-c", "echo x; exit 3", "--name", "", "it's", "x\ny"])).toContain(
    "[lr=1] sh -c 'echo x; exit 3' --name '' 'it'\\''s' $'x\\012y' (in a b)",
  );
});
