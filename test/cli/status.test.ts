import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmallRepo, smallRepo } from "../support/small-repo.ts";

let repo: SmallRepo;
beforeAll(async () => {
  repo = await smallRepo();
});
afterAll(() => repo.cleanup());

test("from nothing to clean to pushed", async () => {
  expect(await repo.tell(["mvgit status", "mvgit status .", "mvgit status --check --remote"])).toMatchInlineSnapshot(`
    "$ mvgit status
    nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder
    $ mvgit status .
    nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder
    $ mvgit status --check --remote
    nothing is tracked yet; 'mvgit add PATH' tracks a large file or folder
    remote 'store' (<dir>/store) lacks nothing; looked at the index: 0 blobs"
  `);
  await repo.prepare(
    "mkdir -p data; echo 1 > data/1; echo 2 > data/2; echo w > w.bin; mvgit add data w.bin; git commit -qm one",
  );
  expect(
    await repo.tell([
      "mvgit status --check",
      "mvgit status --check --remote",
      "mvgit status --remote store w.bin",
      "mvgit push -q; mvgit status --check --remote",
      "mvgit status --remote --json",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit status --check
    2 tracked paths, all clean
    $ mvgit status --check --remote
    2 tracked paths, all clean
    remote 'store' (<dir>/store) lacks 5 blobs (245 B); looked at HEAD, the index and unpublished commits
        'mvgit push' brings what your cache has
    [exit 1]
    $ mvgit status --remote store w.bin
    1 tracked path, all clean
    remote 'store' (<dir>/store) lacks 1 blob (2 B); looked at HEAD, the index and unpublished commits
        'mvgit push' brings what your cache has
    $ mvgit push -q; mvgit status --check --remote
    2 tracked paths, all clean
    remote 'store' (<dir>/store) lacks nothing; looked at HEAD, the index and unpublished commits: 5 blobs
    $ mvgit status --remote --json
    {"mvgit":1,"command":"status","tracked":[{"path":"data","size":4,"notInCache":false,"state":"clean"},{"path":"w.bin","size":2,"notInCache":false,"state":"clean"}],"tooLarge":[],"maxFileSize":5242880,"remote":{"name":"store","address":"<dir>/store","looked":"HEAD, the index and unpublished commits","blobs":5,"lacks":{"blobs":0,"bytes":0},"damaged":0,"lost":{"blobs":0,"bytes":0},"unknown":[]},"check":false,"clean":true}"
  `);
  await repo.prepare(
    "echo unpublished > w.bin; mvgit add w.bin; git commit -qm two; echo w > w.bin; mvgit add w.bin; git " +
      "commit -qm three",
  );
  expect(
    await repo.tell([
      "mvgit status --remote",
      "mvgit status --remote elsewhere",
      "hash=$(git show HEAD~1:w.bin.mvgit | sed -n 's/^blake3: //p'); rm -f .git/mvgit/blobs/$(echo $hash | " +
        "cut -c1-2)/$(echo $hash | cut -c3-); mvgit status --remote",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit status --remote
    2 tracked paths, all clean
    remote 'store' (<dir>/store) lacks 1 blob (12 B); looked at HEAD, the index and unpublished commits
        'mvgit push' brings what your cache has
    $ mvgit status --remote elsewhere
    ! error: no remote is called 'elsewhere'
    ! hint: choose one of 'store', or add it with 'mvgit remote add'
    [exit 1]
    $ hash=$(git show HEAD~1:w.bin.mvgit | sed -n 's/^blake3: //p'); rm -f .git/mvgit/blobs/$(echo $hash | cut -c1-2)/$(echo $hash | cut -c3-); mvgit status --remote
    2 tracked paths, all clean
    remote 'store' (<dir>/store) lacks 1 blob (12 B); looked at HEAD, the index and unpublished commits
        1 blob (12 B) not in your cache either: ask whoever has them to push, or 'mvgit add' the files again"
  `);
});

test("every state, each with what to do", async () => {
  // What the test before took from the cache is there again.
  await repo.prepare("echo unpublished > w.bin; mvgit add w.bin; echo w > w.bin; mvgit add w.bin");
  await repo.prepare(
    "for name in modified missing deleted conflicted uncached malformed blocked; do echo $name > $name; done",
    "mvgit add modified missing deleted conflicted uncached malformed blocked; git commit -qm states; mvgit push -q",
    "git checkout -qb other; echo theirs > conflicted; mvgit add conflicted; git commit -qm theirs",
    "git checkout -q main; mvgit checkout -q; echo ours > conflicted; mvgit add conflicted; git commit -qm " +
      "ours; git merge -q other || true",
    "echo changed > modified; rm missing deleted.mvgit blocked; mkdir blocked; echo 'mvgit: 1' > malformed.mvgit",
    "echo 3 > data/3; rm data/1; echo two > data/2",
    "hash=$(sed -n 's/^blake3: //p' uncached.mvgit); rm -f .git/mvgit/blobs/$(echo $hash | cut -c1-2)/$(echo " +
      "$hash | cut -c3-)",
    "git config mvgit.maxFileSize 1k; mkdir -p sub; head -c 2000 /dev/zero > sub/large.bin",
  );
  expect(
    await repo.tell(["mvgit status --check", "mvgit status sub/large.bin", "mvgit status --remote --check conflicted"]),
  ).toMatchInlineSnapshot(`
    "$ mvgit status --check
    blocked  blocked  (a folder stands there)
        move what stands there away, then 'mvgit checkout'
    conflicted  conflicted  (changed by both)
        'mvgit conflicts' shows both sides; 'mvgit checkout --ours PATH' or '--theirs' decides
    modified  data  (1 file changed, 1 file new, 1 file removed here)
        changed: 2
        new: 3
        removed here: 1
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    unpointed  deleted
        'git rm' its pointer to stop tracking, or 'git checkout' it
    malformed  malformed  ('blake3' is not a hash of 64 lower-case hexadecimal characters)
        'git checkout' its pointer, or 'mvgit add' it again
    deleted  missing
        'mvgit checkout' brings it back, 'mvgit rm' stops tracking it
    modified  modified
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    not in cache  uncached
        'mvgit fetch' gets the bytes from a remote
    too large  sub/large.bin  (2.0 KiB, untracked)
        'mvgit add' tracks it
    1 other tracked path clean
    [exit 1]
    $ mvgit status sub/large.bin
    ! error: 'sub/large.bin' is not tracked by mvgit
    ! hint: run 'mvgit add sub/large.bin' to track it
    [exit 1]
    $ mvgit status --remote --check conflicted
    conflicted  conflicted  (changed by both)
        'mvgit conflicts' shows both sides; 'mvgit checkout --ours PATH' or '--theirs' decides
    remote 'store' (<dir>/store) lacks 2 blobs (12 B); looked at HEAD, the index and unpublished commits
        'mvgit push' brings what your cache has
    [exit 1]"
  `);
  expect(await repo.tell(["mvgit status large.bin", "mvgit status ../data", "mvgit status .."], "sub"))
    .toMatchInlineSnapshot(`
    "$ mvgit status large.bin
    ! error: 'large.bin' is not tracked by mvgit
    ! hint: run 'mvgit add large.bin' to track it
    [exit 1]
    $ mvgit status ../data
    modified  data  (1 file changed, 1 file new, 1 file removed here)
        changed: 2
        new: 3
        removed here: 1
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    $ mvgit status ..
    blocked  blocked  (a folder stands there)
        move what stands there away, then 'mvgit checkout'
    conflicted  conflicted  (changed by both)
        'mvgit conflicts' shows both sides; 'mvgit checkout --ours PATH' or '--theirs' decides
    modified  data  (1 file changed, 1 file new, 1 file removed here)
        changed: 2
        new: 3
        removed here: 1
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    unpointed  deleted
        'git rm' its pointer to stop tracking, or 'git checkout' it
    malformed  malformed  ('blake3' is not a hash of 64 lower-case hexadecimal characters)
        'git checkout' its pointer, or 'mvgit add' it again
    deleted  missing
        'mvgit checkout' brings it back, 'mvgit rm' stops tracking it
    modified  modified
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    not in cache  uncached
        'mvgit fetch' gets the bytes from a remote
    too large  sub/large.bin  (2.0 KiB, untracked)
        'mvgit add' tracks it
    1 other tracked path clean"
  `);
});

test("long, wide and hostile names stay within the terminal", async () => {
  const long = `${"目录/".repeat(8)}${"名".repeat(30)}.bin`;
  await repo.prepare(
    `git reset -q --hard; mkdir -p '${"目录/".repeat(8)}'; echo x > '${long}'; touch "new\nline.bin"; mvgit ` +
      ("add " + `'${long}' "new\nline.bin"; git commit -qm long; echo y > '${long}'; echo y > "new\nline.bin"`),
  );
  expect(
    await repo.tell([
      `COLUMNS=60 mvgit status '${long}' new*.bin`,
      `COLUMNS=60 mvgit ls '${long}' new*.bin`,
      `COLUMNS=60 mvgit diff -- '${long}' new*.bin`,
    ]),
  ).toMatchInlineSnapshot(`
    "$ COLUMNS=60 mvgit status '目录/目录/目录/目录/目录/目录/目录/目录/名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名.bin' new*.bin
    modified  new\\nline.bin
    modified  目录/目录/目录/目录/目录…名名名名名名名名名名.bin
        'mvgit add' keeps the change, 'mvgit checkout --force' undoes it
    $ COLUMNS=60 mvgit ls '目录/目录/目录/目录/目录/目录/目录/目录/名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名.bin' new*.bin
    wc  af1349b9f5  0 B  new\\nline.bin
    wc  44c77418e2  2 B  目录/目录/目录/目…名名名名名名名.bin
    $ COLUMNS=60 mvgit diff -- '目录/目录/目录/目录/目录/目录/目录/目录/名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名.bin' new*.bin
    the index -> the work tree:
    modified  new\\nline.bin                           0 B -> 2 B
    modified  目录/目录/目录/目…名名名名名名名.bin  2 B -> 2 B
    2 files modified; 2 B -> 4 B"
  `);
});

test("where there is no work tree", async () => {
  expect(
    await repo.tell([
      "cd ..; mvgit status",
      "cd .git; mvgit status",
      "git init -q --bare ../bare.git; mvgit -C ../bare.git status",
      "mvgit status ../elsewhere",
      "mvgit status nothing",
      "mkdir -p empty; mvgit status empty",
      "mvgit status store",
      "mvgit status --chek",
    ]),
  ).toMatchInlineSnapshot(`
    "$ cd ..; mvgit status
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]
    $ cd .git; mvgit status
    ! error: there is no work tree here: the current folder is inside '<here>/.git'
    ! hint: run mvgit in a clone of the repository, or name one with '-C DIR'
    [exit 20]
    $ git init -q --bare ../bare.git; mvgit -C ../bare.git status
    ! error: there is no work tree here: '<dir>/bare.git' is a bare repository
    ! hint: run mvgit in a clone of the repository, or name one with '-C DIR'
    [exit 20]
    $ mvgit status ../elsewhere
    ! error: '../elsewhere' is outside of the work tree '<here>'
    ! hint: move or copy it into the work tree first
    [exit 1]
    $ mvgit status nothing
    ! error: 'nothing' is not tracked by mvgit
    ! hint: 'mvgit ls' shows what is tracked
    [exit 1]
    $ mkdir -p empty; mvgit status empty
    ! error: 'empty' is not tracked by mvgit
    ! hint: run 'mvgit add empty' to track it
    [exit 1]
    $ mvgit status store
    ! error: 'store' is not tracked by mvgit
    ! hint: for the remote of that name write '--remote store'
    [exit 1]
    $ mvgit status --chek
    ! error: unknown option '--chek'
    ! hint: did you mean '--check'?
    [exit 2]"
  `);
});
