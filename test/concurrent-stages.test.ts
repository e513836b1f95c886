/**
 * A team at work: eight clones that promote, roll back and release against one Git host, over each transport. One
 * winner of each number, the losers told, nothing lost, and everybody sees the same in the end.
 *
 * `MVGIT_TESTS=thorough` for the long version, `MVGIT_SEED` to play one again.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../src/base/errors.ts";
import type { ModelName, StageName } from "../src/values/label.ts";
import { push } from "../src/files/push.ts";
import { renumber } from "../src/versions/renumber.ts";
import { save } from "../src/versions/save.ts";
import { promote, rollback } from "../src/versions/promote.ts";
import { registryOf } from "../src/versions/registry.ts";
import { Repo } from "../src/repo/repo.ts";
import { readChains } from "../src/registry/chain.ts";
import { readVersions, versionRefs } from "../src/registry/versions.ts";
import { hermeticEnv } from "./support/cli.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { makeVersion } from "./support/versions.ts";
import { makeSandbox, type Sandbox } from "./support/sandbox.ts";
import { numbers, SEED, THOROUGH } from "./support/thorough.ts";
import { testWatch } from "./support/watch.ts";

/** Of each clone, over each transport. */
const ROUNDS = THOROUGH ? 60 : 2;
const CLONES = 8;
const MODEL = "spam" as ModelName;
const STAGES = ["production", "staging"] as StageName[];

let box: Sandbox;
let close: () => Promise<void> = async () => undefined;
afterEach(async () => {
  await close();
  box.cleanup();
});

/** The host's address as each transport needs it. */
const TRANSPORTS: Record<string, () => Promise<string>> = {
  file: async () => `file://${box.dir}/host.git`,
  ssh: async () => {
    box.write("ssh", '#!/bin/sh\neval "git ${2#git-}"\n');
    fs.chmodSync(join(box.dir, "ssh"), 0o755);
    Object.assign(box.env, { GIT_SSH_COMMAND: join(box.dir, "ssh"), GIT_SSH_VARIANT: "simple" });
    return `ssh://host${box.dir}/host.git`;
  },
  http: async () => {
    const server = await startGitHttpServer({ root: box.dir, push: true });
    close = () => server.close();
    return `${server.url}/host.git`;
  },
};

interface Colleague {
  name: string;
  repo: Repo;
  random: () => number;
  /** `production#7`, `spam@v4`: what this one was told to have made. */
  made: string[];
  /** How often this one was told that somebody else was first. */
  lost: number;
}

async function makeTeam(transport: string): Promise<Colleague[]> {
  box = await makeSandbox();
  for (const version of [1, 2])
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: MODEL, version });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
  await box.git(".", ["clone", "-q", "host.git", "clone0"]);
  await box.mv("clone0", ["remote", "add", "store", "../store"]);
  await box.git("clone0", ["remote", "set-url", "origin", await (TRANSPORTS[transport] as () => Promise<string>)()]);
  return Promise.all(
    Array.from({ length: CLONES }, async (_, index) => {
      const name = `clone${index}`;
      if (index > 0)
        fs.cpSync(join(box.dir, "clone0"), join(box.dir, name), { recursive: true, preserveTimestamps: true });
      const env = { ...hermeticEnv(box.dir), ...box.env, GIT_COMMITTER_NAME: name, GIT_AUTHOR_NAME: name };
      return {
        name,
        repo: await Repo.open({ cwd: join(box.dir, name), env, watch: testWatch() }),
        random: numbers(SEED + index),
        made: [],
        lost: 0,
      };
    }),
  );
}

async function work(one: Colleague, round: number): Promise<void> {
  const { repo, random } = one;
  const stage = STAGES[Math.floor(random() * STAGES.length)] as StageName;
  const choice = random();
  if (choice < 0.15) return release(one, round);
  const versions = versionRefs(await repo.git.refs(), MODEL);
  const version = versions[Math.floor(random() * versions.length)]?.version ?? 1;
  const request = { reason: `${one.name} ${round}`, commit: false };
  try {
    const report =
      choice < 0.7
        ? await promote(repo, { label: `${MODEL}@v${version}`, stage, ...request })
        : await rollback(repo, { model: MODEL, stage, to: null, ...request });
    if (report.event !== null) one.made.push(`${stage}#${report.event}`);
  } catch (error) {
    // There may be nothing to go back to.
    if (isMvgitError(error, "label-unknown")) return;
    expect(error).toMatchObject({ code: "stage-moved" });
    const { message, hint } = error as MvgitError;
    expect(message).toMatch(/clone\d moved it (to v\d+|to nothing|away)/);
    expect(hint).toContain("run the command again");
    one.lost++;
  }
}

async function release(one: Colleague, round: number): Promise<void> {
  const { repo, name } = one;
  fs.writeFileSync(join(repo.top, "weights.bin"), `${name} ${round}`);
  const saved = await save(repo, {
    model: MODEL,
    data: [],
    weights: ["weights.bin"],
    params: [],
    metrics: [],
    message: "",
  });
  let version = saved.package?.version ?? 0;
  await push(repo, { paths: [] });
  for (;;) {
    const { status } = await repo.git.run(["push", "-q", "--no-verify", "origin", `refs/tags/${MODEL}@v${version}`], {
      answers: [0, 1],
    });
    if (status === 0) break;
    one.lost++;
    const { renumbered } = await renumber(repo, { model: MODEL });
    // Nothing differs where another push was only under way at that moment.
    version = renumbered.length === 0 ? version : Number(renumbered[0]?.to.replace(/.*@v/, ""));
  }
  one.made.push(`${MODEL}@v${version}`);
}

/** Short names of the tags that a repository has, with the ids of their objects. */
async function tagsOf(folder: string): Promise<string[]> {
  return (await box.git(folder, ["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/tags"])).stdout
    .trimEnd()
    .split("\n");
}

describe(`seed ${SEED}, ${CLONES} clones, ${ROUNDS} rounds`, () => {
  it.each(Object.keys(TRANSPORTS))(
    "over %s",
    async (transport) => {
      const team = await makeTeam(transport);
      await Promise.all(
        team.map(async (one) => {
          for (let round = 0; round < ROUNDS; round++) await work(one, round);
        }),
      );
      const made = team.flatMap((one) => one.made);
      const there = await tagsOf("host.git");
      const atHost = there.map((line) => (line.split(" ")[0] as string).replace(`${MODEL}#`, ""));
      expect(made.toSorted(), "each was made by one").toEqual(
        atHost.filter((name) => name !== `${MODEL}@v1` && name !== `${MODEL}@v2`).toSorted(),
      );
      for (const kind of [`${MODEL}@v`, ...STAGES.map((stage) => `${stage}#`)]) {
        const taken = atHost
          .filter((name) => name.startsWith(kind))
          .map((name) => Number(name.slice(kind.length)))
          .toSorted((a, b) => a - b);
        expect(taken, `numbers of ${kind}`).toEqual(taken.map((_, index) => index + 1));
      }
      const seen = await Promise.all(
        team.map(async ({ name, repo }) => {
          await box.git(name, ["fetch", "-q", "--tags", "origin"]);
          expect(await tagsOf(name), `nothing of a loser's stays at ${name}`).toEqual(there);
          const refs = await repo.git.refs();
          expect((await readChains(repo.git, refs)).flatMap(({ problems }) => problems)).toEqual([]);
          for await (const reading of readVersions(repo.git, versionRefs(refs))) expect(reading.kind).toBe("version");
          return (await registryOf(repo).stages()).stages;
        }),
      );
      for (const each of seen) expect(each).toEqual(seen[0]);
      // Somebody met somebody else, or nothing was tried here.
      expect(team.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0);
    },
    60_000 + ROUNDS * 20_000,
  );
});
