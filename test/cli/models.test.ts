/** Versions and stages: what a user sees, mistakes above all. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SmallRepo, smallRepo } from "../support/small-repo.ts";
import { drawTests } from "../support/thorough.ts";

let repo: SmallRepo;
drawTests(2);

beforeEach(async () => {
  repo = await smallRepo();
  await repo.prepare(
    "mkdir mails; echo hello > mails/1; echo buy > mails/2; printf 'lr: 0.1\\n' > params.yaml",
    'printf \'cat mails/* > w.bin; echo "{\\\\"accuracy\\\\": 0.$1}" > metrics.json\\n\' > train.sh',
    "mvgit add mails; git add .; git commit -qm start",
  );
});
afterEach(() => repo.cleanup());

/** Without what the clock and the machine bring into it. */
async function tell(...commands: readonly string[]): Promise<string> {
  return (await repo.tell(commands))
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>")
    .replace(/\b[0-9a-f]{64}\b/g, "<hash>")
    .replace(/(--run|runs show) [0-9a-f]{8}\b/g, "$1 <run>")
    .replace(/(commit +|committed as )[0-9a-f]{10}/g, "$1<commit>")
    .replace(/(?<=(?:spam|other)@v\d+ +)\d{4}-\d\d-\d\d( \d\d:\d\d)?/g, "<day>")
    .replace(/^(  made +)\d{4}-\d\d-\d\d \d\d:\d\d/gm, "$1<time>")
    .replace(/^(  command  .*), \d.*s$/gm, "$1, <time>")
    .replace(/^environment\n(?:  .*\n)+/gm, "environment\n  <machine>\n");
}
const made = async (...accuracies: readonly number[]): Promise<void> => {
  for (const accuracy of accuracies)
    await repo.prepare(
      `echo ${accuracy} >> mails/3; mvgit run spam --data mails --weights w.bin -m 'try ${accuracy}' -- sh ` +
        `train.sh ${accuracy}`,
    );
};

test("run and save", async () => {
  expect(
    await tell(
      "mvgit run",
      "mvgit run spam",
      "mvgit run spam --weights w.bin -- nosuchprogram",
      "mvgit run spam --weights w.bin -- sh -c 'echo oops >&2; exit 3'",
      "mvgit run spam --weights w.bin -- true",
      "mvgit run spam --data nothing --weights w.bin -- true",
      "mvgit run Spam! --weights w.bin -- true",
      "mvgit run spam --data mails --weights w.bin -m 'the first' -- sh train.sh 91",
      "mvgit run spam",
      "echo again >> mails/1; mvgit run spam -- sh train.sh 93",
      "mvgit save",
      "mvgit save other",
      "mvgit save other --weights gone.bin",
      "mvgit save other --weights w.bin -m 'from elsewhere'",
      "mvgit save other",
      "cd /; mvgit save other",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit run
    ! error: 'mvgit run' needs MODEL [-- CMD...]
    ! hint: usage: mvgit run MODEL [-- CMD...]
    [exit 2]
    $ mvgit run spam
    ! error: no command of 'spam' is known
    ! hint: name it: 'mvgit run spam -- python train.py'
    [exit 2]
    $ mvgit run spam --weights w.bin -- nosuchprogram
    ! error: cannot start 'nosuchprogram': there is no such program
    ! hint: check its name, and PATH
    [exit 1]
    $ mvgit run spam --weights w.bin -- sh -c 'echo oops >&2; exit 3'
    ! oops
    ! error: the command ended with status 3: no version of 'spam' was made
    ! hint: exit status 3 is the command's; 'mvgit save --run <run>' makes a version of what it left, and 'mvgit runs show <run>' shows it
    [exit 3]
    $ mvgit run spam --weights w.bin -- true
    ! error: the command ended well, but its weights 'w.bin' are not there: no version of 'spam' was made
    ! hint: name with '--weights' what the command writes; 'mvgit save --run <run>' makes a version of what it left, and 'mvgit runs show <run>' shows it
    [exit 1]
    $ mvgit run spam --data nothing --weights w.bin -- true
    ! error: there is no 'nothing' to add
    ! hint: check the name; 'mvgit checkout' brings back a tracked file that is gone
    [exit 1]
    $ mvgit run Spam! --weights w.bin -- true
    ! error: 'Spam!' cannot be the name of a model
    ! hint: use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit
    [exit 2]
    $ mvgit run spam --data mails --weights w.bin -m 'the first' -- sh train.sh 91
    spam@v1  accuracy 0.91
    $ mvgit run spam
    spam@v2  accuracy 0.91 (same)
    ! running as the last run did: sh train.sh 91
    $ echo again >> mails/1; mvgit run spam -- sh train.sh 93
    spam@v3  accuracy 0.93 (+0.02)  data changed: mails; command changed: sh train.sh 93
    $ mvgit save
    ! error: 'mvgit save' needs MODEL, or '--run ID'
    ! hint: usage: mvgit save MODEL --weights PATH
    [exit 2]
    $ mvgit save other
    ! error: no weights of 'other' are known
    ! hint: name them: 'mvgit save other --weights PATH'
    [exit 2]
    $ mvgit save other --weights gone.bin
    ! error: there is no 'gone.bin' to add
    ! hint: check the name; 'mvgit checkout' brings back a tracked file that is gone
    [exit 1]
    $ mvgit save other --weights w.bin -m 'from elsewhere'
    other@v1
    ! warning: no metrics were taken from 'metrics.json': they are those of spam@v3; '--metrics' takes them all the same
    $ mvgit save other
    other@v2
    ! warning: no metrics were taken from 'metrics.json': they are those of spam@v3; '--metrics' takes them all the same
    $ cd /; mvgit save other
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]"
  `);
});

test("log, show and compare", async () => {
  expect(await tell("mvgit log", "mvgit log spam", "mvgit show spam", "mvgit show", "mvgit compare spam@v1"))
    .toMatchInlineSnapshot(`
      "$ mvgit log
      no version of any model is here yet; 'mvgit run' and 'mvgit save' make them
      $ mvgit log spam
      ! error: no version of 'spam' is here
      ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
      [exit 1]
      $ mvgit show spam
      ! error: no version of 'spam' is here
      ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
      [exit 1]
      $ mvgit show
      ! error: 'mvgit show' needs LABEL [LABEL...]
      ! hint: usage: mvgit show LABEL [LABEL...]
      [exit 2]
      $ mvgit compare spam@v1
      ! error: 'mvgit compare' needs LABEL...
      ! hint: usage: mvgit compare LABEL LABEL...
      [exit 2]"
    `);
  await made(91, 93);
  expect(
    await tell(
      "mvgit log",
      "mvgit log spma",
      "mvgit show spam@v1",
      "mvgit show spam@v7",
      "mvgit show spam@7",
      "mvgit show spam#production",
      "mvgit show 'spam @v1'",
      "mvgit compare spam@v1 spam@v2",
      "mvgit compare spam@v1 spam@v1",
      "mvgit compare spam@v1 spam@v9",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit log
    version  made              accuracy  stages  message
    spam@v2  <day>      0.93          try 93
    spam@v1  <day>      0.91          try 91
    $ mvgit log spma
    ! error: no version of 'spma' is here
    ! hint: did you mean 'spam'? 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]
    $ mvgit show spam@v1
    spam@v1  try 91
      made     <time> by A Tester <tester@example.com>
      from     nothing of this model before
      command  sh train.sh 91, <time>
      commit   <commit>, from code that was not committed before
      package  <hash>
    scores
      accuracy  0.91
    settings
      lr  0.1  params.yaml
    data
      mails  3 files, 13 B  96db7a83bd
    weights
      w.bin  13 B  de26056618
    environment
      <machine>
    $ mvgit show spam@v7
    ! error: there is no version 'spam@v7': the newest is v2
    ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]
    $ mvgit show spam@7
    ! error: 'spam@7' is not a label
    ! hint: write it 'spam@v7'
    [exit 2]
    $ mvgit show spam#production
    ! error: nothing is in spam#production
    ! hint: 'mvgit stages' shows what is where; 'git fetch --tags' brings the moves of others
    [exit 1]
    $ mvgit show 'spam @v1'
    ! error: 'spam ' cannot be the name of a model
    ! hint: use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit
    [exit 2]
    $ mvgit compare spam@v1 spam@v2
      spam@v1    <day>  A Tester  try 91
      spam@v2    <day>  A Tester  try 93
    settings  no difference is known, but the commands differ
    scores
      accuracy  0.91  0.93  +0.02 better
    data
      mails  13 B  16 B  1 file changed
        3  3 B  6 B
    command
      - sh train.sh 91
      + sh train.sh 93
    code  the same
    environment  the same
    weights
      w.bin  13 B  16 B  other bytes
    $ mvgit compare spam@v1 spam@v1
      spam@v1    <day>  A Tester  try 91
      spam@v1    <day>  A Tester  try 91
    settings  the same
    scores
      accuracy  0.91  0.91  equal
    data  the same
    command  the same
    code  the same
    environment  the same
    weights  the same, byte for byte
    $ mvgit compare spam@v1 spam@v9
    ! error: there is no version 'spam@v9': the newest is v2
    ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]"
  `);
});

test("promote, rollback, stages and history", async () => {
  await made(91, 93);
  expect(
    await tell(
      "mvgit stages",
      "mvgit history spam",
      "mvgit rollback spam production",
      "mvgit promote spam production",
      "mvgit push -q",
      "mvgit promote spam@v1 production -m 'good enough'",
      "mvgit promote spam@v1 production",
      "mvgit promote spam@v3 production",
      "mvgit promote production spam@v2",
      "mvgit promote spam@v2",
      "mvgit promote spam#staging production",
      "mvgit promote spam@latest production",
      "mvgit stages",
      "mvgit stages spma",
      "mvgit rollback spam prod",
      "mvgit rollback spam@v2 production",
      "mvgit rollback spam production --to v1 -m 'it flags everything'",
      "mvgit rollback spam production",
      "mvgit rollback spam production --to first",
      "mvgit history spam",
      "mvgit history spam staging",
      "mvgit history spam --at yesterday",
      "mvgit history spam --at 1999-01-01",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit stages
    no stage holds anything yet; 'mvgit promote MODEL@v1 production' moves one
    $ mvgit history spam
    ! error: no move of 'spam' is known here
    ! hint: 'mvgit stages' shows all; 'git fetch --tags' brings the moves of others
    [exit 1]
    $ mvgit rollback spam production
    ! error: nothing is in spam#production
    ! hint: 'mvgit stages' shows what is where
    [exit 1]
    $ mvgit promote spam production
    ! error: spam@v2 is not all in remote 'store': 'mails' lacks blob 8e4c7c1b99
    ! hint: run 'mvgit push' (or 'mvgit push --all') where the version was made, then promote it again
    [exit 23]
    $ mvgit push -q

    $ mvgit promote spam@v1 production -m 'good enough'
    spam#production is v1, event 1
    remote 'store' has all of it (6 blobs)
    stages.yaml committed
    $ mvgit promote spam@v1 production
    spam#production is v1 already; nothing was moved
    $ mvgit promote spam@v3 production
    ! error: there is no version 'spam@v3': the newest is v2
    ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]
    $ mvgit promote production spam@v2
    ! error: 'spam@v2' is not a stage
    ! hint: the label comes first: 'mvgit promote MODEL@v5 production'
    [exit 2]
    $ mvgit promote spam@v2
    ! error: 'mvgit promote' needs STAGE
    ! hint: usage: mvgit promote LABEL STAGE
    [exit 2]
    $ mvgit promote spam#staging production
    ! error: nothing is in spam#staging
    ! hint: 'mvgit stages' shows what is where; 'git fetch --tags' brings the moves of others
    [exit 1]
    $ mvgit promote spam@latest production
    spam#production is v2 (was v1), event 2
    remote 'store' has all of it (6 blobs)
    stages.yaml committed
    $ mvgit stages
    spam#production  v2  2026-01-02 03:04  A Tester
    $ mvgit stages spma
    ! error: no version of 'spma' is here
    ! hint: did you mean 'spam'? 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]
    $ mvgit rollback spam prod
    ! error: nothing is in spam#prod
    ! hint: 'mvgit stages' shows what is where
    [exit 1]
    $ mvgit rollback spam@v2 production
    ! error: 'spam@v2' is a label, and a model is wanted
    ! hint: 'mvgit rollback spam production' goes back one version, '--to vN' to one of your choice
    [exit 2]
    $ mvgit rollback spam production --to v1 -m 'it flags everything'
    spam#production is v1 (was v2), event 3
    stages.yaml committed
    $ mvgit rollback spam production
    ! error: nothing was in spam#production before v1
    ! hint: name a version with '--to vN', or empty the stage with '--to none'
    [exit 1]
    $ mvgit rollback spam production --to first
    ! error: 'first' is not a version
    ! hint: name one as v4, or 'none'
    [exit 2]
    $ mvgit history spam
    spam#production  #3  v2 -> v1  2026-01-02 03:04  A Tester  it flags everything
    spam#production  #2  v1 -> v2  2026-01-02 03:04  A Tester
    spam#production  #1  - -> v1   2026-01-02 03:04  A Tester  good enough
    $ mvgit history spam staging
    ! error: no move of 'spam#staging' is known here
    ! hint: 'mvgit stages' shows all; 'git fetch --tags' brings the moves of others
    [exit 1]
    $ mvgit history spam --at yesterday
    ! error: 'yesterday' is not a time
    ! hint: write it as 2026-03-01, or 2026-03-01T14:30:00+01:00
    [exit 2]
    $ mvgit history spam --at 1999-01-01
    no stage held anything then"
  `);
});

test("stage check and apply", async () => {
  await made(91, 93);
  expect(
    await tell(
      "mvgit stage check",
      "mvgit stage apply",
      "mvgit push -q; mvgit promote -q spam@v1 production",
      "mvgit stage check",
      "printf 'spam:\\n  production: 2  # event 1\\n' > stages.yaml; mvgit stage check",
      "mvgit stage apply",
      "git commit -qam reviewed; mvgit stage apply -m 'review 12'",
      "mvgit stage apply",
      "echo 'spam: 3' > stages.yaml; mvgit stage check",
      "mvgit stage check --write",
      "printf 'spam:\\n  production: 9\\n' > stages.yaml; git commit -qam wrong; mvgit stage apply",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit stage check
    no stage holds anything yet
    $ mvgit stage apply
    ! error: HEAD has no 'stages.yaml'
    ! hint: the first 'mvgit promote' makes it
    [exit 1]
    $ mvgit push -q; mvgit promote -q spam@v1 production

    $ mvgit stage check
    same  spam#production  v1
    $ printf 'spam:\\n  production: 2  # event 1\\n' > stages.yaml; mvgit stage check
    differs  spam#production  the file says v2, the events v1 ('mvgit stage apply' makes the events of a committed edit)
    [exit 1]
    $ mvgit stage apply
    spam#production is v1 already
    ! 'stages.yaml' has changes that are not committed; what HEAD has counts
    $ git commit -qam reviewed; mvgit stage apply -m 'review 12'
    spam#production is v2 (was v1), event 2
    remote 'store' has all of it (6 blobs)
    stages.yaml committed
    $ mvgit stage apply
    stages.yaml asks for no move
    $ echo 'spam: 3' > stages.yaml; mvgit stage check
    ! error: cannot read 'stages.yaml': 'spam' does not list stages
    ! hint: mend it, or let 'mvgit stage check --write' make it anew
    [exit 1]
    $ mvgit stage check --write
    behind  spam#production  the file says -, the events v2 ('mvgit stage check --write')
    stages.yaml was made anew from the tags; commit it
    $ printf 'spam:\\n  production: 9\\n' > stages.yaml; git commit -qam wrong; mvgit stage apply
    ! error: there is no version 'spam@v9': the newest is v2
    ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]"
  `);
});

test("receipt and explain", async () => {
  await made(91);
  await repo.prepare("mvgit push -q; mvgit promote -q spam@v1 production -m 'good enough'");
  expect(
    await tell(
      "mvgit receipt",
      "mvgit receipt spam@v2",
      "mvgit receipt spam@v1",
      "mvgit receipt spam#production | mvgit explain - | head -4",
      "mvgit explain w.bin | head -4",
      "mvgit explain nothing.bin",
      "mvgit explain params.yaml",
      "mvgit explain '{\"mvgit\":1}'",
      "echo | mvgit explain -",
      "mvgit explain @gone.json",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit receipt
    ! error: 'mvgit receipt' needs LABEL
    ! hint: usage: mvgit receipt LABEL
    [exit 2]
    $ mvgit receipt spam@v2
    ! error: there is no version 'spam@v2': the newest is v1
    ! hint: 'mvgit log' lists the versions; 'git fetch --tags' brings those of others
    [exit 1]
    $ mvgit receipt spam@v1
    {"mvgit":1,"model":"spam","version":1,"package":"<hash>"}
    $ mvgit receipt spam#production | mvgit explain - | head -4
    this receipt belongs to spam@v1
    it was in 'production' by event 1: A Tester moved it to v1: "good enough"
    in production from 2026-01-02 03:04 (A Tester moved it to v1: "good enough") and is there now

    $ mvgit explain w.bin | head -4
    'w.bin' (blake3 de26056618) belongs to spam@v1, as its weights 'w.bin'
    in production from 2026-01-02 03:04 (A Tester moved it to v1: "good enough") and is there now

    spam@v1  try 91
    $ mvgit explain nothing.bin
    ! error: 'nothing.bin' is neither a receipt, a hash, a commit, a file nor a label
    ! hint: hand over a receipt in quotes, '@FILE', '-', a hash or commit (7 characters at least), a label, a move such as 'MODEL#STAGE#3', or a file, also one that 'get' or 'export' brought
    [exit 2]
    $ mvgit explain params.yaml
    ! error: no version here is made of 'params.yaml' (blake3 e66d2c15e5)
    ! hint: 'git fetch --tags' brings the versions of others; 'mvgit log' lists all
    [exit 1]
    $ mvgit explain '{"mvgit":1}'
    ! error: this is not a receipt of mvgit's
    ! hint: a receipt is the line that 'mvgit receipt LABEL' prints
    [exit 2]
    $ echo | mvgit explain -
    ! error: stdin holds nothing
    ! hint: hand over a receipt, as 'mvgit receipt LABEL' prints it
    [exit 2]
    $ mvgit explain @gone.json
    ! error: there is no file 'gone.json'
    ! hint: '@FILE' names a file that holds a receipt
    [exit 2]"
  `);
});

test("without a remote, and outside of a repository", async () => {
  await made(91);
  expect(
    await tell(
      "mvgit remote remove store",
      "mvgit promote spam@v1 production",
      "cd ..; mvgit promote spam@v1 production",
      "cd ..; mvgit run spam -- true",
      "cd ..; mvgit log",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit remote remove store
    remote 'store' is forgotten; what is stored there stays
    $ mvgit promote spam@v1 production
    spam#production is v1, event 1
    no remote is configured: only this clone has its bytes; 'mvgit remote add store URL' adds one
    stages.yaml committed
    $ cd ..; mvgit promote spam@v1 production
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]
    $ cd ..; mvgit run spam -- true
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]
    $ cd ..; mvgit log
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]"
  `);
});

test("slips of the pen that would make something new, and a Git that does not know who works with it", async () => {
  await made(91);
  await repo.prepare("mvgit push -q --all; mvgit promote -q spam@v1 production");
  expect(
    await tell(
      "mvgit promote spam@v1 productoin",
      "mvgit run spm",
      "mvgit run spm --data mails --weights w.bin -- sh train.sh 91",
      "unset GIT_AUTHOR_NAME GIT_COMMITTER_NAME; git config user.useConfigOnly true; mvgit run spam",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit promote spam@v1 productoin
    spam#productoin is v1, event 1
    remote 'store' has all of it (6 blobs)
    stages.yaml committed
    ! spam#productoin is new, beside spam#production; 'mvgit rollback spam productoin --to none' empties it
    $ mvgit run spm
    ! error: no command of 'spm' is known
    ! hint: did you mean 'mvgit run spam'? Of a new model name it: 'mvgit run spm -- python train.py'
    [exit 2]
    $ mvgit run spm --data mails --weights w.bin -- sh train.sh 91
    spm@v1  accuracy 0.91
    ! 'spm' is a new model here; there is one that is called 'spam'
    $ unset GIT_AUTHOR_NAME GIT_COMMITTER_NAME; git config user.useConfigOnly true; mvgit run spam
    ! error: Git does not know who you are, and a version names its author
    ! hint: git config --global user.name 'YOUR NAME' && git config --global user.email YOU@EXAMPLE.COM
    [exit 20]"
  `);
});
