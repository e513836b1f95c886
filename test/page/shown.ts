/** A repository that pages are shown with: made by the library, with times that are given. */
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { push } from "../../src/files/push.ts";
import { Repo } from "../../src/repo/repo.ts";
import type { StageName } from "../../src/values/label.ts";
import { promote } from "../../src/versions/promote.ts";
import { save } from "../../src/versions/save.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

const NONE = { data: [], weights: [], params: [], metrics: [], message: "" };

export interface ShownVersion {
  model?: string;
  params: Record<string, unknown>;
  metrics: Record<string, number>;
  message: string;
  /** Files beside the weights, by path. */
  files?: Record<string, string | Buffer>;
}

/** Versions as given, a day apart; the second of a model is promoted to production at its end. */
export async function shownBox(versions: readonly ShownVersion[]): Promise<Sandbox> {
  const box = await makeSandbox({ inMemory: true });
  let now = Date.parse("2026-03-01T12:00:00Z");
  for (const [at, { model = "spam", params, metrics, message, files = {} }] of versions.entries()) {
    now += 86_400_000;
    box.write("work/w.bin", `weights ${at}`);
    box.write(
      "work/mails/a.csv",
      `id,text\n${Array.from({ length: 5 + at }, (_, row) => `${row},mail ${row * (at + 1)}`).join("\n")}\n`,
    );
    for (const [path, bytes] of Object.entries(files)) box.write(`work/${path}`, bytes);
    box.write("work/params.json", JSON.stringify(params));
    box.write("work/metrics.json", JSON.stringify(metrics));
    await box.git("work", ["add", "params.json", "metrics.json", ...Object.keys(files)]);
    await save(await box.open("work", testWatch({ ...systemClock, now: () => now })), {
      ...NONE,
      model,
      data: ["mails"],
      weights: ["w.bin"],
      params: ["params.json"],
      metrics: ["metrics.json"],
      message,
    });
  }
  await push(await box.open(), { paths: [] });
  await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
  await promote(await box.open(), {
    label: `${versions[0]?.model ?? "spam"}@v2`,
    stage: "production" as StageName,
    reason: "best on the held-out mails",
    commit: false,
    acceptOlder: false,
  });
  return box;
}

/** How the pages' server, or an export, opens what the sandbox has in `work`. */
export function contextOf(box: Sandbox) {
  const watch = testWatch();
  const cwd = join(box.dir, "work");
  const env = { ...hermeticEnv(box.dir), ...box.env };
  return { cwd, env, watch, repo: () => Repo.open({ cwd, env, watch }) };
}
