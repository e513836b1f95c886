/** Which remote DVC's settings name, how a driver of mvgit's reads it, and what a committed file may not say. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import {
  bucketSettings,
  defaultRemote,
  loadConfig,
  typedRemote,
  unusedCredentials,
} from "../../src/bridges/dvc/remote.ts";
import type { Repo } from "../../src/repo/repo.ts";
import type { RemoteSettings } from "../../src/values/settings.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let repo: Repo;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
});
afterAll(() => box.cleanup());
beforeEach(async () => {
  delete box.env["AZURE_STORAGE_ACCOUNT"];
  repo = await box.open("work");
});

interface Found {
  settings: RemoteSettings | null;
  notes: string[];
}

/** Of a repository with these files, `from` as typed. */
async function found({ committed = "", local = "", from = "" }): Promise<Found> {
  box.write("work/.dvc/config", committed);
  box.write("work/.dvc/config.local", local);
  const config = await loadConfig(repo, "", async (file) => file);
  const notes: string[] = [];
  const remote = from === "" ? defaultRemote(config, notes) : typedRemote(config, from, repo.cwd);
  if (remote === null) return { settings: null, notes };
  try {
    return { settings: bucketSettings(repo, remote), notes: [unusedCredentials(remote) ?? []].flat() };
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    return { settings: null, notes: [`${error.message}; ${error.hint}`] };
  }
}

const remote = (name: string, options: Record<string, string>): string =>
  [`['remote "${name}"']`, ...Object.entries(options).map(([key, value]) => `    ${key} = ${value}`), ""].join("\n");
const core = (name: string): string => `[core]\n    remote = ${name}\n`;

describe("a remote of DVC's", () => {
  it.each([
    ["gs://my-bucket/team/", {}, "gs://my-bucket/team"],
    ["s3://my-bucket/team/", { region: "eu-west-1", profile: "prod" }, "s3://my-bucket/team"],
    ["azure://my-container/team", { account_name: "account1" }, "az://account1/my-container/team"],
    [
      "azure://my-container",
      { connection_string: "X=1;AccountName=account2;AccountKey=k" },
      "az://account2/my-container",
    ],
    ["abfss://my-container@account3.dfs.core.windows.net/a", {}, "az://account3/my-container/a"],
  ])("%s is %j", async (url, options, expected) => {
    const { settings } = await found({ committed: remote("a", { url, ...options }) });
    expect(settings).toEqual({ url: expected, options: {} });
  });

  it.each([
    ["ssh://host/srv/dvc/", {}, "ssh://host/srv/dvc"],
    ["ssh://me@host:22/srv/dvc", { user: "you", port: "2222" }, "ssh://you@host:2222/srv/dvc"],
    ["ssh://me:s3cret@[::1]:22/srv", {}, "ssh://me@[::1]:22/srv"],
    ["https://data.example/dvc/", {}, "https://data.example/dvc"],
  ])("%s is %j, where the user's own file names it", async (url, options, expected) => {
    const settings = remote("a", { url, ...options });
    expect((await found({ local: settings })).settings).toEqual({ url: expected, options: {} });
    const { settings: none, notes } = await found({ committed: settings });
    expect([none, notes.join().includes("s3cret")]).toEqual([null, false]);
    expect(notes[0]).toContain("only the committed '.dvc/config' names it, and it is no plain bucket");
  });

  it.each([
    ["ssh://my-host/srv", { user: "a@evil.example/x" }],
    ["ssh://my-host/srv", { user: "a@[::1]/x" }],
    ["ssh://my-host/srv", { port: "22@evil.example" }],
    ["ssh://my-host/srv", { port: "22/x" }],
    ["azure://my-container/srv", { account_name: "evil/other" }],
  ])("%s, which the user named, is no other place because the repository says %j of it", async (url, options) => {
    const committed = core("a") + remote("a", { url, ...options });
    for (const own of [{ from: url }, { local: remote("a", { url }) }]) {
      const { settings, notes } = await found({ committed, ...own });
      expect([settings, notes.join()]).toEqual([null, expect.stringContaining("was not asked: ")]);
    }
  });

  it("is reached as the user's own settings say", async () => {
    const { settings, notes } = await found({
      committed: core("a") + remote("a", { url: "gs://my-bucket/team", projectname: "x" }),
      local: remote("a", { endpointurl: "https://storage.corp.example", credentialpath: "../key.json" }),
    });
    expect(settings).toEqual({
      url: "gs://my-bucket/team",
      options: { endpoint: "https://storage.corp.example", keyfile: `${repo.top}/key.json` },
    });
    expect(notes).toEqual([]);
  });

  it("has a profile and a region from there", async () => {
    const own = { profile: "prod", region: "eu-west-1", endpointurl: "https://minio.corp:9000" };
    const { settings } = await found({
      committed: core("a") + remote("a", { url: "s3://my-bucket/team" }),
      local: remote("a", own),
    });
    expect(settings?.options).toEqual({ profile: "prod", region: "eu-west-1", endpoint: "https://minio.corp:9000" });
  });

  it("may be a folder of another", async () => {
    const base = remote("base", { url: "azure://my-container/all/", account_name: "account1" });
    expect(
      (await found({ committed: `${core("a")}${base}${remote("a", { url: "remote://base/x" })}` })).settings,
    ).toEqual({ url: "az://account1/my-container/all/x", options: {} });
    const circle = core("a") + remote("a", { url: "remote://b" }) + remote("b", { url: "remote://a" });
    expect(await found({ committed: circle })).toEqual({ settings: null, notes: [] });
  });

  it("that is typed is reached as the one with its address is", async () => {
    const local = remote("a", { url: "gs://my-bucket/team/", endpointurl: "https://storage.corp.example" });
    expect((await found({ local, from: "gs://my-bucket/team" })).settings).toMatchObject({
      options: { endpoint: "https://storage.corp.example" },
    });
    expect((await found({ local, from: "gs://my-bucket/other" })).settings).toMatchObject({ options: {} });
    expect((await found({ from: "az://account1/my-container" })).settings).toMatchObject({
      url: "az://account1/my-container",
    });
  });

  it("without an account says what is lacking, and takes it from the environment", async () => {
    const committed = remote("a", { url: "azure://my-container" });
    expect((await found({ committed })).notes).toEqual([
      "the remote 'azure://my-container' was not asked: it names no account; " +
        "set AZURE_STORAGE_ACCOUNT, or 'account_name' in the settings that have it",
    ]);
    box.env["AZURE_STORAGE_ACCOUNT"] = "account4";
    repo = await box.open("work");
    expect((await found({ committed })).settings?.url).toBe("az://account4/my-container");
  });

  it("that has files by their paths is not asked", async () => {
    const committed = remote("a", { url: "gs://my-bucket/team", version_aware: "true" });
    const { settings, notes } = await found({ committed });
    expect(settings).toBeNull();
    expect(notes[0]).toContain("has files by their paths");
  });
});

describe("a committed file", () => {
  it("sends requests to no host of its own", async () => {
    const committed = remote("a", { url: "gs://my-bucket/team", endpointurl: "https://evil.example/\u001b[31m" });
    const { settings, notes } = await found({ committed });
    expect(settings).toBeNull();
    expect(notes).toEqual([
      "the remote 'gs://my-bucket/team' was not asked: only the committed '.dvc/config' sends requests for it to " +
        "'https://evil.example/\\x1b[31m'; if that is yours, say 'endpointurl' in '.dvc/config.local' too",
    ]);
    expect((await found({ committed, from: "gs://my-bucket/team" })).settings).toBeNull();
  });

  it("names no credentials, and those that somebody wrote down are not used", async () => {
    const committed = remote("a", { url: "gs://my-bucket/team", credentialpath: "/home/me/key.json" });
    expect((await found({ committed })).settings).toEqual({ url: "gs://my-bucket/team", options: {} });
    const local = remote("a", { account_key: "s3cret", sas_token: "s3cret" });
    const { notes } = await found({
      committed: remote("a", { url: "azure://my-container", account_name: "a1b" }),
      local,
    });
    expect(notes[0]).toMatch(/^credentials in DVC's settings \('account_key', 'sas_token'\) are not used; for Azure, /);
    expect(notes.join()).not.toContain("s3cret");
  });

  it("is one too where somebody committed 'config.local'", async () => {
    const local = remote("a", { endpointurl: "https://evil.example" });
    box.write("work/.dvc/config.local", local);
    await box.git("work", ["add", "-f", ".dvc/config.local"]);
    const { settings } = await found({ committed: remote("a", { url: "gs://my-bucket/team" }), local });
    await box.git("work", ["rm", "-q", "--cached", ".dvc/config.local"]);
    expect(settings).toBeNull();
  });

  it("names no place but a plain bucket", async () => {
    for (const url of [
      "gs://my-bucket/a?b",
      "gs://my-bucket/a/../b",
      "gs://My-Bucket",
      "ftp://host/x",
      "ssh://-oProxyCommand=x/y",
    ])
      expect((await found({ committed: remote("a", { url }) })).settings, url).toBeNull();
  });
});
