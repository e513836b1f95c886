/** Default data is what nobody's model made; and what a version takes out of Git is told. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox();
  box.write("work/mails/1", "hello");
  await box.mv("work", ["add", "mails"]);
  box.write("work/old.bin", "weights of spam");
  box.write("work/net/layer", "layer of spam");
  await box.mv("work", ["save", "spam", "--weights", "old.bin", "--weights", "net"]);
});
afterAll(() => box.cleanup());

interface Saved {
  package: { data: { path: string }[]; weights: { path: string }[]; metrics: Record<string, number>; notes: string[] };
  takenFromGit: string[];
}

async function save(args: string[]): Promise<Saved & { stderr: string }> {
  const { stdout, stderr } = await box.mv("work", ["--json", "save", ...args]);
  return { ...(JSON.parse(stdout) as Saved), stderr };
}
const dataOf = ({ package: { data } }: Saved): string[] => data.map(({ path }) => path);

test(
  "weights of other models are no data by default, also those of before under another name, and the version " +
    "says so",
  async () => {
    box.write("work/new.bin", "weights of spam, again");
    await save(["spam", "--weights", "new.bin"]);
    box.write("work/ham.bin", "weights of ham");
    const ham = await save(["ham", "--weights", "ham.bin"]);
    expect(dataOf(ham)).toEqual(["mails"]);
    expect(ham.package.notes).toEqual([
      "'net', 'new.bin', 'old.bin' are no data of this version, since 'spam' made them: name what it learned " +
        "from with '--data'",
    ]);
    // Its own weights of before are no surprise.
    await box.mv("work", ["rm", "--keep", "mails"]);
    box.write("work/other.bin", "weights of ham, elsewhere");
    const tuned = await save(["tuned", "--data", "old.bin", "--weights", "other.bin"]);
    expect(dataOf(tuned)).toEqual(["old.bin"]);
    expect(tuned.package.notes).toEqual([]);
    box.write("work/other.bin", "weights of tuned, again");
    expect(dataOf(await save(["tuned"]))).toEqual(["old.bin"]);
  },
);

test(
  "weights under another name are still what a model made; bytes that a version learned from are data, whoever " +
    "copied them",
  async () => {
    box.write("work/moved.bin", "weights that move");
    await save(["mover", "--data", "old.bin", "--weights", "moved.bin"]);
    await box.mv("work", ["mv", "moved.bin", "elsewhere.bin"]);
    await box.git("work", ["commit", "-q", "-m", "moved"]);
    box.write("work/set.csv", "1,2");
    await box.mv("work", ["add", "set.csv"]);
    box.write("work/copy.bin", "1,2");
    await save(["copy", "--data", "set.csv", "--weights", "copy.bin"]);
    box.write("work/next.bin", "next");
    const next = await save(["next", "--weights", "next.bin"]);
    expect(dataOf(next)).toEqual(["set.csv"]);
    expect(next.package.notes.join()).toMatch(/'elsewhere.bin' is no data of this version, since 'mover' made it/);
  },
);

test("weights inside a tracked folder leave no file of mvgit's own among its files", async () => {
  box.write("work/nets/old/layer", "old");
  await box.mv("work", ["add", "nets"]);
  await box.mv("work", [
    "run",
    "inner",
    "--data",
    "old.bin",
    "--weights",
    "nets/new",
    "--",
    "sh",
    "-c",
    "mkdir -p nets/new; echo new > nets/new/layer",
  ]);
  expect(box.exists("work/nets/.gitignore")).toBe(false);
  expect(await box.mv("work", ["status"])).toMatchObject({ stdout: expect.stringMatching(/all clean/) });
});

test("run and save say what they take out of Git, as add does", async () => {
  box.write("work/kept.bin", "committed weights");
  box.write("work/set/1", "committed data");
  box.write("work/set/2", "more of it");
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-q", "-m", "weights in Git"]);
  const saved = await save(["cat", "--data", "set", "--weights", "kept.bin"]);
  expect(saved.takenFromGit).toEqual(["kept.bin", "set/1", "set/2"]);
  expect(saved.stderr).toContain(
    "Git no longer keeps 'kept.bin', 'set/1', 'set/2' themselves: from this version on the store does, and " +
      ("Git " + "a pointer"),
  );
  expect((await box.git("work", ["ls-files", "kept.bin", "set"])).stdout).toBe("");
  box.write("work/kept.bin", "other weights");
  expect((await save(["cat"])).takenFromGit).toEqual([]);
});

test("scores that another model's run wrote are not those of a saved model, unless they are named", async () => {
  box.write("work/metrics.json", '{"accuracy": 0.5}');
  box.write("work/scored.bin", "scored");
  await save(["scored", "--weights", "scored.bin", "--metrics", "metrics.json"]);
  box.write("work/bare.bin", "bare");
  const bare = await save(["bare", "--weights", "bare.bin"]);
  expect([bare.package.metrics, bare.package.notes.join()]).toEqual([
    {},
    expect.stringContaining("'metrics.json': they are those of scored@v1"),
  ]);
  expect((await save(["named", "--weights", "bare.bin", "--metrics", "metrics.json"])).package.metrics).toEqual({
    accuracy: 0.5,
  });
  box.write("work/metrics.json", '{"accuracy": 0.6}');
  expect((await save(["own", "--weights", "bare.bin"])).package.metrics).toEqual({ accuracy: 0.6 });
});
