/**
 * Places that a repository names with more than a plain address: each counts as a whole, after consent to exactly
 * that, and never together with what the user named elsewhere.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGcsServer } from "../support/gcs-server.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let restore: () => void;
/** The team's own storage, and a stranger's. */
let team: Awaited<ReturnType<typeof startGcsServer>>;
let evil: typeof team;

beforeAll(async () => {
  team = await startGcsServer({ buckets: ["team"] });
  evil = await startGcsServer({ buckets: ["team", "evil"] });
  box = await makeSandbox({ inProcess: true });
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  box.write("work/w.bin", "weights");
  await box.mv("work", ["add", "w.bin"]);
  restore = box.keep();
});
beforeEach(() => {
  for (const { objects, counts } of [team, evil]) {
    objects.clear();
    counts.clear();
  }
});
afterEach(() => restore());
afterAll(async () => {
  box.cleanup();
  await team.close();
  await evil.close();
});

const asked = (server: typeof team): number => [...server.counts.values()].reduce((sum, count) => sum + count, 0);
const config = (...lines: string[]): void =>
  box.write("work/.mvgit/config", `[mvgit-remote "store"]\n${lines.map((line) => `\t${line}\n`).join("")}`);
const own = (part: string, value: string): Promise<unknown> =>
  box.git("work", ["config", `mvgit-remote.store.${part}`, value]);
const add = (more: string[], status = 0) =>
  box.mv("work", ["remote", "add", "store", "gs://team/models", ...more], status);

/** Commits all, and clones it. */
async function colleague(): Promise<void> {
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "all"]);
  await box.git("work", ["push", "-q", "origin", "HEAD:refs/heads/main"]);
  await box.git("host.git", ["symbolic-ref", "HEAD", "refs/heads/main"]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
}

describe("a team's own endpoint", () => {
  it("is committed, shown with the remote, and used by a colleague who accepts exactly that", async () => {
    const { stdout } = await add(["--set", `endpoint=${team.url}`]);
    expect(stdout).toContain(`endpoint ${team.url}, the default (written to .mvgit/config)`);
    expect(stdout).toContain("accepts this remote once with 'mvgit trust'");
    await box.mv("work", ["push"]);
    await colleague();
    const before = asked(team);
    expect((await box.mv("clone", ["init", "--no-hooks"])).stderr).toContain("names a remote that needs your consent");
    for (const args of [["pull"], ["push", "--all"], ["gc", "--remote", "--offline"], ["doctor", "--remote"]])
      await box.mv("clone", args, 1);
    expect((await box.mv("clone", ["pull"], 1)).stderr).toContain(`'gs://team/models' with 'endpoint=${team.url}'`);
    expect(asked(team)).toBe(before);
    const listed = (await box.mv("clone", ["trust", "--list"])).stdout;
    expect(listed).toContain(`mvgit-remote.store.endpoint = ${team.url}\n`);
    expect(listed).toContain("mvgit-remote.store.url = gs://team/models  (");
    await box.mv("clone", ["trust"]);
    expect((await box.mv("clone", ["trust", "--list"])).stdout).toContain("in force");
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/w.bin").toString()).toBe("weights");
    expect((await box.mv("clone", ["remote", "list"])).stdout.trim()).toBe(
      `store  gs://team/models  default  endpoint=${team.url}`,
    );
  });

  it.each([
    ["another endpoint", () => config("url = gs://team/models", `endpoint = ${evil.url}`)],
    ["none", () => config("url = gs://team/models")],
    ["another bucket there", () => config("url = gs://evil/x", `endpoint = ${team.url}`)],
    ["a second endpoint", () => config("url = gs://team/models", `endpoint = ${team.url}`, `endpoint = ${evil.url}`)],
  ])("is asked for anew when a branch names %s", async (_, change) => {
    await add(["--set", `endpoint=${team.url}`]);
    change();
    expect((await box.mv("work", ["push", "--all"], 1)).stderr).toContain(
      `which this clone knows at 'gs://team/models' with 'endpoint=${team.url}', is to be at`,
    );
    expect([asked(evil), [...team.objects.keys()]]).toEqual([0, []]);
  });

  it("of the host's branch is not believed by a fresh clone, nor what another branch names instead", async () => {
    await add(["--set", `endpoint=${team.url}`]);
    await colleague();
    box.env["STORAGE_EMULATOR_HOST"] = evil.url;
    box.write("clone/.mvgit/config", '[mvgit-remote "store"]\n\turl = gs://evil/x\n');
    await box.mv("clone", ["push", "--all"], 1);
    expect(asked(evil)).toBe(0);
  });
});

describe("beside what the user names", () => {
  it("a committed endpoint never goes with an address of the user's own, not even after consent", async () => {
    config("url = gs://team/models", `endpoint = ${evil.url}`);
    await own("url", "gs://team/models");
    await own("endpoint", team.url);
    await box.mv("work", ["push"]);
    await own("endpoint", "");
    box.env["STORAGE_EMULATOR_HOST"] = team.url;
    for (const args of [["trust"], ["push", "--all"]]) await box.mv("work", args);
    expect((await box.mv("work", ["trust", "--list"])).stdout).toContain(
      `endpoint = ${evil.url}  (does not count: Git's own configuration names this remote)`,
    );
    await box.git("work", ["config", "--unset", "mvgit-remote.store.url"]);
    expect((await box.mv("work", ["push", "--all"], 1)).stderr).toContain("needs your consent");
    expect(asked(evil)).toBe(0);
  });

  it("an endpoint of the user's own goes with a committed bucket, and takes the place of a committed one", async () => {
    config("url = gs://team/models");
    await own("endpoint", team.url);
    await box.mv("work", ["push"]);
    config("url = gs://team/models", `endpoint = ${evil.url}`);
    await box.mv("work", ["push", "--all"], 1);
    await box.mv("work", ["trust"]);
    await box.mv("work", ["push", "--all"]);
    expect([asked(evil), asked(team) > 0]).toEqual([0, true]);
  });

  it("a committed file of credentials counts for nothing, with consent or without", async () => {
    const key = join(box.dir, "key.json");
    fs.writeFileSync(key, '{"type":"service_account"}');
    config("url = gs://team/models", `endpoint = ${team.url}`, `keyFile = ${key}`);
    const { stdout } = await box.mv("work", ["trust"]);
    expect(stdout).toContain(`keyfile = ${key}  (does not count: it belongs into Git's own configuration alone)`);
    // With the key named, the client would try to sign in.
    await box.mv("work", ["push"]);
    const { remotes } = (await box.open()).settings;
    expect(remotes.get("store")?.options).toEqual({ endpoint: team.url });
    expect((await box.mv("work", ["doctor"], -1)).stdout).toContain("ok  mvgit-remote.store.keyfile: ");
  });

  it("consent goes with 'trust --revoke', also while the user names the remote", async () => {
    await add(["--set", `endpoint=${team.url}`]);
    await box.mv("work", ["push"]);
    await own("url", "gs://team/other");
    await box.mv("work", ["trust", "--revoke"]);
    await box.git("work", ["config", "--unset", "mvgit-remote.store.url"]);
    await box.mv("work", ["push", "--all"], 1);
  });
});

describe("'remote add --set'", () => {
  it("takes what the driver reads, without credentials, and nothing else", async () => {
    const refusal = async (...more: string[]): Promise<string> => (await add(more, 2)).stderr;
    expect(await refusal("--set", "colour=red")).toMatch(
      /'colour' is no setting of gs:.*\n.*name one of endpoint, keyf/,
    );
    expect(await refusal("--set", "endpoint=https://u:s3cret@host")).not.toContain("s3cret");
    expect(await refusal("--set", "endpoint")).toContain("write PART=VALUE");
    expect((await box.mv("work", ["remote", "add", "disk", "../store", "--set", "region=x"], 2)).stderr).toContain(
      "name 'encoding' or leave it out",
    );
    expect((await box.mv("work", ["remote", "list"])).stdout).toContain("no remote");
  });

  it("keeps credentials' places in this clone, and the rest where the address is", async () => {
    const key = join(box.dir, "key.json");
    box.env["STORAGE_EMULATOR_HOST"] = team.url;
    await add(["--set", "endpoint=https://storage.example", "--set", `keyFile=${key}`]);
    expect(box.read("work/.mvgit/config").toString()).not.toContain(key);
    expect((await box.git("work", ["config", "mvgit-remote.store.keyfile"])).stdout.trim()).toBe(key);
    // Said again it changes nothing, and another value is another place.
    await add([]);
    await add(["--set", "endpoint=https://storage.example"]);
    expect((await add(["--set", "endpoint=https://other.example"], 21)).stderr).toContain("is there already, for");
    await add(["--local"]);
    const { remotes } = (await box.open()).settings;
    expect(remotes.get("store")?.options).toEqual({ endpoint: "https://storage.example", keyfile: key });
  });

  it("takes no committed settings over that its user did not name", async () => {
    config("url = gs://evil/x", `endpoint = ${evil.url}`);
    box.env["STORAGE_EMULATOR_HOST"] = team.url;
    expect((await add([], 21)).stderr).toContain("has a remote 'store' that is not in force, 'gs://evil/x' with");
    await own("url", "gs://team/models");
    await add(["--shared"], 21);
    await box.git("work", ["config", "--unset", "mvgit-remote.store.url"]);
    await box.mv("work", ["push"], 1);
    await box.mv("work", ["remote", "remove", "store"]);
    await add([]);
    await box.mv("work", ["push"]);
    expect([asked(evil), box.read("work/.mvgit/config").includes("endpoint")]).toEqual([0, false]);
  });
});
