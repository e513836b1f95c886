/** `mvgit log` and `models`: what somebody sees who filters, sorts and chooses, mistakes above all. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeManyVersions } from "../support/many-versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.unchecked("the blobs of its versions are in no store");
  const start = Date.parse("2026-01-01T00:00:00Z") / 1000;
  writeManyVersions(join(box.dir, "many"), { models: 2, versions: 12, moves: 8, start });
});
afterAll(() => box.cleanup());

async function tell(width: number, ...commands: readonly (readonly string[])[]): Promise<string> {
  box.env["COLUMNS"] = String(width);
  const told: string[] = [];
  for (const args of commands) {
    const { stdout, stderr } = await box.mv("many", args, -1);
    const noted = stderr.split("\n").filter((line) => line !== "" && !line.includes("hooks of mvgit"));
    told.push(`$ mvgit ${args.join(" ")}`, stdout.trimEnd(), ...noted.map((line) => `! ${line}`));
  }
  return told.join("\n");
}

test("a filter, an order and columns", async () => {
  expect(
    await tell(
      100,
      ["log", "-n", "3"],
      ["log", "--where", "lr < 0.05 and not stage = staging", "--sort", "f1,-size", "-n", "2"],
      ["log", "--columns", "label,age,size,duration,lr", "--where", "age < 1d"],
      ["log", "--columns", "label,size,duration,lr", "--reverse", "-n", "2"],
      ["log", "spam", "--since", "2026-01-01 10:00Z"],
      ["models"],
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit log -n 3
    version     made              accuracy    loss      f1  lr    depth  stages  message
    model-2@v6  2026-01-01 11:00    0.8275  0.1821  0.8175  0.01  3              round 6: learning rate…
    spam@v6     2026-01-01 10:00    0.8275  0.1821  0.8175  0.01  3              round 6: learning rate…
    model-2@v5  2026-01-01 09:00    0.8096  0.1932  0.7996  0.03  2              round 5: learning rate…
    and 9 older versions; '--all' shows them
    no room for seed, optimizer; '--columns' names what to show
    $ mvgit log --where lr < 0.05 and not stage = staging --sort f1,-size -n 2
    version     made                 size  accuracy    loss      f1  stages  message
    model-2@v6  2026-01-01 11:00  977 KiB    0.8275  0.1821  0.8175          round 6: learning rate 0.01
    spam@v6     2026-01-01 10:00  977 KiB    0.8275  0.1821  0.8175          round 6: learning rate 0.01
    and 7 more versions; '--all' shows them
    $ mvgit log --columns label,age,size,duration,lr --where age < 1d
    none of 12 versions is as asked
    $ mvgit log --columns label,size,duration,lr --reverse -n 2
    version        size   duration  lr
    spam@v1     977 KiB  1 min 1 s  0.03
    model-2@v1  977 KiB  1 min 1 s  0.03
    and 10 more versions; '--all' shows them
    $ mvgit log spam --since 2026-01-01 10:00Z
    version  made              accuracy    loss      f1  stages  message
    spam@v6  2026-01-01 10:00    0.8275  0.1821  0.8175          round 6: learning rate 0.01
    $ mvgit models
    model    versions  newest  made              stages                                  score
    model-2         6  v6      2026-01-01 11:00  canary v1, production v1, shadow v1,…  accuracy 0.8275
    spam            6  v6      2026-01-01 10:00  canary v3, production v5, shadow v2,…  accuracy 0.8275"
  `);
});

test("what has no room is left out and named", async () => {
  expect(await tell(64, ["log", "-n", "2"], ["log", "-n", "2", "--sort", "loss"])).toMatchInlineSnapshot(`
    "$ mvgit log -n 2
    version     made              stages  message
    model-2@v6  2026-01-01 11:00          round 6: learning rate 0.…
    spam@v6     2026-01-01 10:00          round 6: learning rate 0.…
    and 10 older versions; '--all' shows them
    no room for f1, loss, accuracy; '--columns' names what to show
    $ mvgit log -n 2 --sort loss
    version     made                loss  stages  message
    model-2@v6  2026-01-01 11:00  0.1821          round 6: learning…
    spam@v6     2026-01-01 10:00  0.1821          round 6: learning…
    and 10 more versions; '--all' shows them
    no room for f1, accuracy; '--columns' names what to show"
  `);
});

test("mistakes", async () => {
  expect(
    await tell(
      100,
      ["log", "--where", "acuracy > 1"],
      ["log", "--where", "accuracy > 0.9 lr < 1"],
      ["log", "--where", "time > soon"],
      ["log", "--sort", "sise"],
      ["log", "--columns", "label,lrr"],
      ["log", "--since", "soon"],
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit log --where acuracy > 1

    ! error: cannot filter by 'acuracy > 1': no version here has 'acuracy' (at character 1)
    ! hint: did you mean 'accuracy'?
    $ mvgit log --where accuracy > 0.9 lr < 1

    ! error: cannot filter by 'accuracy > 0.9 lr < 1': 'and' or 'or' is missing before 'lr' (at character 16)
    $ mvgit log --where time > soon

    ! error: cannot filter by 'time > soon': 'soon' is not a time (at character 8)
    ! hint: write it as 2026-03-01, '2026-03-01 14:30' or '2 weeks ago'
    $ mvgit log --sort sise

    ! error: cannot sort by 'sise': no version here has 'sise'
    ! hint: did you mean 'size'?
    $ mvgit log --columns label,lrr

    ! error: cannot show the columns 'label,lrr': no version here has 'lrr'
    ! hint: did you mean 'lr'?
    $ mvgit log --since soon

    ! error: 'soon' is not a time
    ! hint: write it as '2 weeks ago', 7d, yesterday, 2026-03-01 or '2026-03-01 14:30'"
  `);
});
