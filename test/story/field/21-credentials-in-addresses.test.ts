/**
 * An address may hold a password. Wherever one is refused, unknown or shown, what signs somebody in is left out; and
 * none gets into settings.
 */
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";

let box: Sandbox;

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/w.bin", "weights");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  return box;
});

/** Exit status and all output of a command, with and without `--json`, which must not have the secret. */
async function silentAbout(folder: string, args: readonly string[]): Promise<string> {
  const all: string[] = [];
  for (const json of [[], ["--json"]]) {
    const { stdout, stderr } = await box.mv(folder, [...args, ...json], -1);
    expect(stdout + stderr, args.join(" ")).not.toMatch(/s3cret/i);
    all.push(stdout, stderr);
  }
  return all.join("");
}

it.each([
  "gs://A:s3cret@bucket",
  "gs://bucket/p?sig=s3cret",
  "s3://A:s3cret@bucket/x",
  "https://s3cret@host/bucket",
  "A:s3cret@bucket",
  "gs:/A:s3cret@bucket",
  "file://u:s3cret@host/x",
])("'%s' as a remote: refused, and written nowhere", async (url) => {
  expect(await silentAbout("work", ["remote", "add", "other", url])).toMatch(
    /credentials|is not the address|does not name a folder/,
  );
  expect((await box.mv("work", ["remote", "add", "other", url], 2)).stderr).toContain("error:");
  expect(
    (await box.git("work", ["grep", "-i", "s3cret"], 1)).stdout + (await box.git("work", ["config", "--list"])).stdout,
  ).not.toContain("s3cret");
  expect(box.exists(`work/${url}`)).toBe(false);
});

it("'get', and settings that were written by hand: every command that reads them", async () => {
  await silentAbout("work", ["get", "../host.git", "m@v1", "-o", "here", "--remote", "gs://A:s3cret@bucket"]);
  await silentAbout(".", ["get", "https://u:s3cret@127.0.0.1:1/r.git", "m@v1", "-o", "here"]);
  await silentAbout(".", ["get", "ssh://u:s3cret@-host/r.git", "m@v1", "-o", "here"]);
  await silentAbout(".", ["get", "s3://u:s3cret@host/r.git", "m@v1", "-o", "here"]);
  box.env["MVGIT_REMOTE"] = "gs://A:s3cret@bucket";
  await silentAbout("work", ["get", "../host.git", "main", "-o", "here"]);
  delete box.env["MVGIT_REMOTE"];
  await box.git("work", ["config", "mvgit-remote.store.url", "gs://A:s3cret@bucket/x?sig=s3cret"]);
  for (const args of [
    ["push"],
    ["pull"],
    ["status", "--remote"],
    ["fsck", "--remote"],
    ["gc", "--remote", "--offline"],
    ["remote", "list"],
    ["doctor", "--remote"],
    ["remote", "add", "store", "../elsewhere"],
  ])
    await silentAbout("work", args);
  await box.git("work", ["config", "mvgit-remote.store.url", "gs://bucket"]);
  await box.git("work", ["config", "mvgit-remote.store.endpoint", "ftp://u:s3cret@host"]);
  expect(await silentAbout("work", ["push"])).toContain("endpoint");
});

it("committed settings waiting for consent, a Git host, MLflow's server, DVC's remote, a frozen address", async () => {
  box.write(
    "work/.mvgit/config",
    '[mvgit-remote "store"]\n\turl = https://u:s3cret@host/x\n\tendpoint = http://u:s3cret@host\n',
  );
  for (const args of [["trust", "--list"], ["status"], ["doctor"], ["push"]]) await silentAbout("work", args);
  box.write("work/.mvgit/config", "");
  await box.git("work", ["remote", "set-url", "origin", "http://u:s3cret@127.0.0.1:1/r.git"]);
  for (const args of [["audit"], ["promote", "m@v1", "production"]]) await silentAbout("work", args);
  for (const from of ["ftp://u:s3cret@host", "http://u:s3cret@127.0.0.1:1", "postgresql://u:s3cret@host/db"])
    await silentAbout("work", ["import", "mlflow", from]);
  box.write("work/.dvc/config", "[core]\n    remote = r\n['remote \"r\"']\n    url = s3://u:s3cret@bucket/x\n");
  await silentAbout("work", ["import", "dvc", "--dry-run"]);
  await silentAbout("work", ["freeze", "x.csv", "--url", "gs://A:s3cret@bucket/x"]);
  await silentAbout("work", ["freeze", "x.csv", "--url", "http://127.0.0.1:1/x?X-Goog-Signature=s3cret"]);
});
