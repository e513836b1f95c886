/** An event that the policy of its time did not let in is found by `audit`, and refused by readers that are told to. */
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditReport } from "../../../src/versions/audit/report.ts";
import { formatEvent } from "../../../src/values/tag-message.ts";
import { openRegistry } from "../../../src/versions/registry.ts";
import { hermeticEnv, runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { testWatch } from "../../support/watch.ts";
import { drawTests } from "../../support/thorough.ts";
import { openHere } from "../../ui/open.ts";

let box: Sandbox;
let restore: () => void;
const TIME = 1767323045;

drawTests(2);

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const [version, accuracy] of [0.97, 0.5, 0.99].entries()) {
    box.write("work/w.bin", `weights ${version + 1}`);
    box.write("work/metrics.json", `{"accuracy": ${accuracy}}`);
    await box.mv("work", ["save", "m", "--weights", "w.bin", "--metrics", "metrics.json"]);
  }
  await box.mv("work", ["push", "--all"]);
  await box.git("work", ["push", "-q", "--no-verify", "-u", "origin", "main", "--tags"]);
  await policy("metric = accuracy>=0.9");
  await box.mv("work", ["promote", "m@v1", "production"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

/** Commits a policy of production to the host's default branch. */
async function policy(...lines: string[]): Promise<void> {
  box.write("work/.mvgit/config", `[mvgit "stage.production"]\n${lines.map((line) => `\t${line}\n`).join("")}`);
  await box.git("work", ["add", ".mvgit/config"]);
  await box.git("work", ["commit", "-qm", "policy", "--", ".mvgit/config"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
}

/** An event that nobody's mvgit made: here and on the host. */
async function forge(
  version: number,
  { stage = "production", of = version, time = TIME }: { stage?: string; of?: number; time?: number } = {},
): Promise<void> {
  const git = async (args: readonly string[], input = ""): Promise<string> =>
    (await runProgram("git", args, { cwd: join(box.dir, "work"), env: box.env, input })).stdout.trim();
  const names = (await git(["tag", "-l", `m#${stage}#*`, "--sort=version:refname"])).split("\n").filter(Boolean);
  const last = names.at(-1);
  const before = last === undefined ? null : Number(/version: v(\d+)/.exec(await git(["cat-file", "tag", last]))?.[1]);
  const number = names.length + 1;
  const message = formatEvent({
    model: "m",
    stage,
    number,
    version,
    before,
    package: /package: (\w+)/.exec(await git(["cat-file", "tag", `m@v${of}`]))?.[1],
    previous: last === undefined ? null : await git(["rev-parse", last]),
    reason: "",
  } as Parameters<typeof formatEvent>[0]);
  const head = `object ${await git(["rev-parse", `m@v${of}^{commit}`])}\ntype commit\ntag m#${stage}#${number}`;
  const object = `${head}\ntagger M <m@example.com> ${time} +0000\n\n${message}`;
  await git([
    "update-ref",
    `refs/tags/m#${stage}#${number}`,
    await git(["hash-object", "-t", "tag", "-w", "--stdin"], object),
  ]);
  await git(["push", "-q", "--no-verify", "origin", `m#${stage}#${number}`]);
}

async function found(...args: string[]): Promise<string[]> {
  const { findings } = JSON.parse((await box.mv("work", ["audit", "--json", ...args], -1)).stdout) as AuditReport;
  return findings.filter(({ kind }) => kind.startsWith("event")).map(({ kind, subject }) => `${kind} ${subject}`);
}

describe("audit", () => {
  it("finds an event whose version lacks the score, here and in a fresh clone, and lets the way back be", async () => {
    expect(await found()).toEqual([]);
    await forge(2);
    expect(await found()).toEqual(["event-refused m#production#2"]);
    expect((await box.mv("work", ["audit"], 1)).stdout).toContain(
      "event-refused: event 2 of m#production moved it to v2, which the policy of then did not let in: its " +
        "accuracy is 0.5 (mvgit.stage.production.metric = accuracy>=0.9)",
    );
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    expect((await box.mv("clone", ["audit", "--offline"], 1)).stdout).toContain("event-refused");
    await box.mv("work", ["rollback", "m", "production", "--no-commit"]);
    await forge(2);
    expect(await found("--offline")).toEqual(["event-refused m#production#2", "event-refused m#production#4"]);
  });

  it("finds a version that never was in the stage before, or came there later", async () => {
    await policy("requires = staging");
    await forge(3);
    expect(await found()).toEqual(["event-refused m#production#2"]);
    await forge(3, { stage: "staging", time: TIME + 50_000 });
    expect(await found()).toEqual(["event-refused m#production#2"]);
    await forge(1, { time: TIME + 60_000 });
    expect(await found()).toEqual(["event-refused m#production#2"]);
  });

  it("judges by the policy of the time, not of now", async () => {
    box.env["GIT_COMMITTER_DATE"] = `@${TIME + 1000} +0000`;
    await policy("metric = accuracy>=0.98");
    expect(await found()).toEqual([]);
    await forge(1, { time: TIME + 2000 });
    expect(await found()).toEqual([]);
    await policy("requires = none-of-them");
    await policy();
    await forge(2, { time: TIME + 5000 });
    expect(await found()).toEqual([]);
  });

  it("is not deceived by dates: a version made under a policy, and a later event, were not before it", async () => {
    box.write("work/w.bin", "bad");
    box.write("work/metrics.json", '{"accuracy": 0.1}');
    await box.mv("work", ["save", "m"]);
    await forge(4, { time: TIME - 3600 });
    expect(await found("--offline")).toEqual(["event-refused m#production#2"]);
  });

  it.each<[string, Parameters<typeof forge>[1] & object]>([
    ["25 years before its version", { time: TIME - 25 * 365 * 86_400 }],
    ["in the future", { time: 4_000_000_000 }],
  ])("finds one that is dated %s", async (_, more) => {
    await forge(3, more);
    expect(await found()).toEqual(["event-time m#production#2"]);
  });

  it("finds one that brings another version's package", async () => {
    await forge(3, { of: 1 });
    expect(await found()).toEqual(["event-disagrees m#production#2"]);
  });

  it("knows from stages.yaml that a move came before a rule of the same moment", async () => {
    await box.git("work", ["rm", "-q", ".mvgit/config"]);
    await box.git("work", ["commit", "-qm", "no policy"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
    await box.mv("work", ["promote", "m@v2", "production"]);
    await policy("metric = accuracy>=0.9");
    expect(await found()).toEqual([]);
  });
});

describe("mvgit.stage.NAME.enforce", () => {
  const READERS = [
    ["show", "m#production"],
    ["receipt", "m#production"],
    ["export", "m#production", "-o", "../out"],
    ["promote", "m#production", "canary"],
    ["compare", "m@v1", "m#production"],
  ];
  const get = (status: number): ReturnType<Sandbox["mv"]> =>
    box.mv(".", ["get", "host.git", "m#production", "-o", "got", "--remote", "./store"], status);

  /** Through a registry: of a bare folder by both hands, and of an address. */
  const readElsewhere = async (isRefused: boolean): Promise<void> => {
    const around = { cwd: box.dir, watch: testWatch(), loader: null };
    const ways = { "host.git": ["", "/nowhere"], [`file://${box.dir}/host.git`]: [""] };
    for (const [where, paths] of Object.entries(ways))
      for (const path of paths) {
        const env = { ...hermeticEnv(box.dir), ...box.env, ...(path !== "" && { PATH: path }) };
        const registry = await openRegistry(where, { ...around, env });
        const receipt = registry.receipt("m#production");
        if (isRefused) await expect(receipt, where + path).rejects.toMatchObject({ code: "policy-refused" });
        else expect(await receipt, where + path).toMatchObject({ version: 1 });
        registry.close();
      }
  };

  it("in one's own settings lets no reader take what was not let in", async () => {
    await forge(2);
    for (const command of READERS) await box.mv("work", command, 0);
    await box.git(".", ["config", "--global", "mvgit.stage.production.enforce", "true"]);
    for (const command of READERS) {
      const { stderr } = await box.mv("work", command, 1);
      expect(stderr).toContain(
        "event 2 of m#production (to v2, by M) was not let in by the policy of 'production': its accuracy is 0.5",
      );
      expect(stderr).toContain("'mvgit rollback m production' moves it back");
    }
    expect((await get(1)).stderr).toContain("was not let in by the policy of 'production'");
    await box.mv("work", ["rollback", "m", "production"]);
    await get(0);
    await box.mv("work", ["export", "m#production", "-o", "../new"]);
  });

  it("lets no list show what no reader takes, here or elsewhere", async () => {
    const json = async (...args: string[]): Promise<Record<string, never>> =>
      JSON.parse((await box.mv("work", [...args, "--json"], -1)).stdout);
    const held = async (): Promise<Record<string, unknown>> => {
      const registry = await openRegistry("host.git", {
        ...{ cwd: box.dir, watch: testWatch(), loader: null },
        env: { ...hermeticEnv(box.dir), ...box.env },
      });
      const lists: { stages: unknown }[] = [];
      for (const report of [await registry.stages(), (await registry.models()).models[0], await json("stages")])
        lists.push(report as { stages: unknown });
      lists.push((await json("models"))["models"]?.[0] as never);
      for (const { versions } of [
        await registry.log({ most: 9 }),
        (await json("log")) as never as { versions: object[] },
      ])
        lists.push({ stages: (versions as { version: number; stages: string[] }[]).map(({ stages }) => stages) });
      return Object.fromEntries(lists.map(({ stages }, at) => [at, stages]));
    };
    await forge(2);
    const before = await held();
    expect(before).toMatchObject({
      0: [{ version: 2 }],
      1: [{ version: 2 }],
      2: [{ version: 2 }],
      3: [{ version: 2 }],
    });
    expect(before).toMatchObject({ 4: [[], ["production"], []], 5: [[], ["production"], []] });
    await box.git(".", ["config", "--global", "mvgit.stage.production.enforce", "true"]);
    const problem = expect.stringMatching(/^event 2 of m#production \(to v2, by M\) was not let in by the policy/);
    const marked = [{ stage: "production", version: null, problem }];
    expect(await held()).toMatchObject({
      0: marked,
      1: marked,
      2: marked,
      3: marked,
      4: [[], [], []],
      5: [[], [], []],
    });
    for (const command of [["stages"], ["log"], ["models"], ["history", "m"], ["show", "m@v2"]])
      expect((await box.mv("work", command, -1)).stdout, command[0]).toContain("was not let in by the policy");
    expect((await json("lineage", "m@v2"))["notes"]).toEqual([expect.stringContaining("was not let in")]);
    expect((await box.mv("work", ["explain", "m@v2"], -1)).stdout).toContain("was not let in");
    await box.mv("work", ["rollback", "m", "production"]);
    expect(await held()).toMatchObject({
      0: [{ version: 1 }],
      2: [{ version: 1 }],
      3: [{ version: 1 }],
      5: [[], [], ["production"]],
    });
  });

  it("is looked at by the page with each document, and by a registry whose settings nobody can read", async () => {
    await forge(2);
    const ui = await openHere(box);
    const shown = async (): Promise<unknown> => (await ui.read<{ stages: unknown }>("data/stages.json")).stages;
    try {
      expect(await shown()).toMatchObject([{ version: 2 }]);
      await box.git(".", ["config", "--global", "mvgit.stage.production.enforce", "true"]);
      expect(await shown()).toMatchObject([{ version: null, problem: expect.stringContaining("was not let in") }]);
    } finally {
      await ui.close();
    }
    await policy("metric = nobody knows", "enforce = true");
    const env = { ...hermeticEnv(box.dir), ...box.env };
    const registry = await openRegistry("host.git", { cwd: box.dir, watch: testWatch(), loader: null, env });
    expect((await registry.stages()).stages).toMatchObject([
      { version: null, problem: expect.stringContaining("'mvgit.stage.production.metric' has the value") },
    ]);
    await expect(registry.receipt("m#production")).rejects.toMatchObject({ code: "setting-invalid" });
  });

  it("committed on the default branch counts for all, and not what a branch or the version itself says", async () => {
    await policy("metric = accuracy>=0.9", "enforce = true");
    await get(0);
    await readElsewhere(false);
    await forge(2);
    expect((await get(1)).stderr).toContain("was not let in");
    await readElsewhere(true);
    await box.git("work", ["checkout", "-q", "-b", "lax"]);
    box.write("work/.mvgit/config", "");
    await box.mv("work", ["export", "m#production", "-o", "../out"], 1);
    await box.mv("work", ["rollback", "m", "production", "--no-commit"]);
    await get(0);
  });

  it("lets a stage go back to what it held under an older policy, and not to what was never let in", async () => {
    box.env["GIT_COMMITTER_DATE"] = `@${TIME + 1000} +0000`;
    await policy("metric = accuracy>=0.98", "enforce = true");
    await box.mv("work", ["promote", "m@v3", "production"]);
    await box.mv("work", ["rollback", "m", "production"]);
    await get(0);
    await box.mv("work", ["show", "m#production"]);
    await forge(2, { time: TIME + 2000 });
    await forge(3, { time: TIME + 2000 });
    await forge(2, { time: TIME + 2000 });
    await get(1);
    await box.mv("work", ["show", "m#production"], 1);
  });
});
