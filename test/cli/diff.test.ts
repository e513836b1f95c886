import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SmallRepo, smallRepo } from "../support/small-repo.ts";

let repo: SmallRepo;
beforeAll(async () => {
  repo = await smallRepo();
  await repo.prepare(
    "mkdir -p data/raw 'päth with blank'",
    "echo one > data/raw/1.csv; echo two > data/raw/2.csv; echo same > data/same.csv",
    "echo weights > weights.bin; echo ü > 'päth with blank/模型.bin'",
    "mvgit add data weights.bin 'päth with blank/模型.bin'; git commit -qm one; git tag v1",
  );
});
afterAll(() => repo.cleanup());

test("nothing changed, then the work tree, the index and commits against each other", async () => {
  expect(await repo.tell(["mvgit diff", "mvgit diff --cached", "mvgit diff --exit-code"])).toMatchInlineSnapshot(`
    "$ mvgit diff
    the index -> the work tree: no difference in 3 tracked paths
    $ mvgit diff --cached
    HEAD -> the index: no difference in 3 tracked paths
    $ mvgit diff --exit-code
    the index -> the work tree: no difference in 3 tracked paths"
  `);
  await repo.prepare(
    "echo more weights > weights.bin",
    "echo new > data/raw/3.csv; rm data/raw/1.csv; mv data/same.csv data/moved.csv; chmod +x data/raw/2.csv",
  );
  expect(
    await repo.tell([
      "mvgit diff",
      "mvgit diff --stat",
      "mvgit diff --check data/raw",
      "mvgit diff --cached",
      "mvgit diff --json weights.bin",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit diff
    the index -> the work tree:
    renamed   data/same.csv -> data/moved.csv             5 B
    removed   data/raw/1.csv                              4 B
    mode      data/raw/2.csv                   now executable
    added     data/raw/3.csv                              4 B
    modified  weights.bin                         8 B -> 13 B
    1 file modified, 1 added, 1 removed, 1 renamed, 1 of another mode; 21 B -> 26 B
    $ mvgit diff --stat
    the index -> the work tree:
    data         1 file added, 1 removed, 1 renamed, 1 of another mode  13 B -> 13 B
    weights.bin  1 file modified                                         8 B -> 13 B
    1 file modified, 1 added, 1 removed, 1 renamed, 1 of another mode; 21 B -> 26 B
    $ mvgit diff --check data/raw
    the index -> the work tree:
    removed  data/raw/1.csv             4 B
    mode     data/raw/2.csv  now executable
    added    data/raw/3.csv             4 B
    1 file added, 1 removed, 1 of another mode; 8 B -> 8 B
    [exit 1]
    $ mvgit diff --cached
    HEAD -> the index: no difference in 3 tracked paths
    $ mvgit diff --json weights.bin
    {"mvgit":1,"command":"diff","before":"the index","after":"the work tree","compared":1,"changes":[{"what":"modified","path":"weights.bin","before":{"hash":"6068b55fec267a852f945db1e60e6007aa919612e1a7c97078ab175bcb0601de","size":8,"mode":"file"},"after":{"hash":null,"size":13,"mode":"file"},"tracked":"weights.bin"}],"conflicted":[],"broken":[],"bytes":{"before":8,"after":13},"all":false,"stat":false,"check":false}"
  `);
  await repo.prepare("mvgit add data weights.bin");
  expect(
    await repo.tell([
      "mvgit diff",
      "mvgit diff --staged",
      "mvgit diff HEAD weights.bin.mvgit",
      "mvgit diff v1 -- data/raw/3.csv",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit diff
    the index -> the work tree: no difference in 3 tracked paths
    $ mvgit diff --staged
    HEAD -> the index:
    renamed   data/same.csv -> data/moved.csv             5 B
    removed   data/raw/1.csv                              4 B
    mode      data/raw/2.csv                   now executable
    added     data/raw/3.csv                              4 B
    modified  weights.bin                         8 B -> 13 B
    1 file modified, 1 added, 1 removed, 1 renamed, 1 of another mode; 21 B -> 26 B
    $ mvgit diff HEAD weights.bin.mvgit
    HEAD -> the work tree:
    modified  weights.bin  8 B -> 13 B
    1 file modified; 8 B -> 13 B
    $ mvgit diff v1 -- data/raw/3.csv
    v1 -> the work tree:
    added  data/raw/3.csv  4 B
    1 file added; 0 B -> 4 B"
  `);
  await repo.prepare("git commit -qm two; mvgit mv data dataset; git commit -qm three; git tag v3");
  expect(
    await repo.tell([
      "mvgit diff v1 v3",
      "mvgit diff HEAD~1..HEAD",
      "mvgit diff v1...v3 weights.bin",
      "mvgit diff v1 v3 -- data",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit diff v1 v3
    v1 -> v3:
    removed   data/raw/1.csv                               4 B
    renamed   data/same.csv -> dataset/moved.csv           5 B
    renamed   data/raw/2.csv -> dataset/raw/2.csv          4 B
    added     dataset/raw/3.csv                            4 B
    modified  weights.bin                          8 B -> 13 B
    1 file modified, 1 added, 1 removed, 2 renamed; 21 B -> 26 B
    $ mvgit diff HEAD~1..HEAD
    HEAD~1 -> HEAD:
    renamed  data/ -> dataset/  3 files, 13 B
    3 files renamed; 13 B -> 13 B
    $ mvgit diff v1...v3 weights.bin
    4cd0250782 -> v3:
    modified  weights.bin  8 B -> 13 B
    1 file modified; 8 B -> 13 B
    $ mvgit diff v1 v3 -- data
    v1 -> v3:
    removed  data/raw/1.csv  4 B
    removed  data/raw/2.csv  4 B
    removed  data/same.csv   5 B
    3 files removed; 13 B -> 0 B"
  `);
});

test("from a subfolder, and with names that need care", async () => {
  await repo.prepare("echo änderung >> 'päth with blank/模型.bin'");
  expect(
    await repo.tell(
      ["mvgit diff 模型.bin", "mvgit diff .", "COLUMNS=40 mvgit diff v1", "mvgit diff ../dataset"],
      "päth with blank",
    ),
  ).toMatchInlineSnapshot(`
    "$ mvgit diff 模型.bin
    the index -> the work tree:
    modified  päth with blank/模型.bin  3 B -> 13 B
    1 file modified; 3 B -> 13 B
    $ mvgit diff .
    the index -> the work tree:
    modified  päth with blank/模型.bin  3 B -> 13 B
    1 file modified; 3 B -> 13 B
    $ COLUMNS=40 mvgit diff v1
    v1 -> the work tree:
    removed   data/raw/1.csv             4 B
    renamed   data/sam…oved.csv          5 B
    renamed   data/raw…aw/2.csv          4 B
    added     dataset/raw/3.csv          4 B
    modified  päth wit…模型.bin  3 B -> 13 B
    modified  weights.bin        8 B -> 13 B
    2 files modified, 1 added, 1 removed, 2 renamed; 24 B -> 39 B
    $ mvgit diff ../dataset
    the index -> the work tree: no difference in 1 tracked path"
  `);
});

test("mistakes", async () => {
  await repo.prepare("git branch weights.bin; echo note > note.txt; mkdir -p empty");
  expect(
    await repo.tell([
      "mvgit diff nothing",
      "mvgit diff v1 nothing",
      "mvgit diff nothing -- weights.bin",
      "mvgit diff weights.bin",
      "mvgit diff weights.bin -- weights.bin",
      "mvgit diff note.txt",
      "mvgit diff -- gone",
      "mvgit diff v1 v3 v1",
      "mvgit diff --cached v1 v3",
      "mvgit diff ../elsewhere",
      "cd .. && mvgit diff",
      "git init -q --bare ../bare.git && cd ../bare.git && mvgit diff",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit diff nothing
    ! error: 'nothing' is neither a revision nor a path that is here or tracked
    ! hint: write '--' before it, as in 'REV -- nothing', for a path that only an older commit has
    [exit 1]
    $ mvgit diff v1 nothing
    ! error: 'nothing' is neither a revision nor a path that is here or tracked
    ! hint: write '--' before it, as in 'REV -- nothing', for a path that only an older commit has
    [exit 1]
    $ mvgit diff nothing -- weights.bin
    ! error: 'nothing' names no commit
    ! hint: name a branch, a tag or a commit; paths come after '--'
    [exit 2]
    $ mvgit diff weights.bin
    ! error: 'weights.bin' is both a revision and a path
    ! hint: write 'weights.bin --' for the revision, '-- weights.bin' for the path
    [exit 2]
    $ mvgit diff weights.bin -- weights.bin
    weights.bin -> the work tree: no difference in 1 tracked path
    $ mvgit diff note.txt
    ! error: 'note.txt' is not tracked by mvgit
    ! hint: run 'mvgit add note.txt' to track it
    [exit 1]
    $ mvgit diff -- gone
    ! error: 'gone' is not tracked by mvgit
    ! hint: 'mvgit ls' shows what is tracked
    [exit 1]
    $ mvgit diff v1 v3 v1
    ! error: 3 revisions were named, and at most two can be compared
    [exit 2]
    $ mvgit diff --cached v1 v3
    ! error: '--cached' compares the index with one revision, and two were named
    [exit 2]
    $ mvgit diff ../elsewhere
    ! error: '../elsewhere' is outside of the work tree '<here>'
    ! hint: move or copy it into the work tree first
    [exit 1]
    $ cd .. && mvgit diff
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]
    $ git init -q --bare ../bare.git && cd ../bare.git && mvgit diff
    ! error: there is no work tree here: '<dir>/bare.git' is a bare repository
    ! hint: run mvgit in a clone of the repository, or name one with '-C DIR'
    [exit 20]"
  `);
});

describe("states of the repository", () => {
  test("before the first commit", async () => {
    const young = await smallRepo();
    try {
      await young.prepare("echo x > x.bin; mvgit add x.bin");
      expect(await young.tell(["mvgit diff", "mvgit diff --cached", "mvgit diff HEAD"])).toMatchInlineSnapshot(`
        "$ mvgit diff
        the index -> the work tree: no difference in 1 tracked path
        $ mvgit diff --cached
        no commit yet -> the index:
        added  x.bin  2 B
        1 file added; 0 B -> 2 B
        $ mvgit diff HEAD
        ! error: there is no commit yet that 'HEAD' could mean
        ! hint: 'mvgit diff --cached' shows what the first commit will bring
        [exit 2]"
      `);
    } finally {
      young.cleanup();
    }
  });

  test("in the middle of a merge", async () => {
    const merging = await smallRepo();
    try {
      await merging.prepare(
        "echo base > x.bin; echo y > y.bin; mvgit add x.bin y.bin; git commit -qm base; git checkout -qb other",
        "echo theirs > x.bin; mvgit add x.bin; git commit -qm theirs; git checkout -q main; mvgit checkout",
        "echo ours > x.bin; mvgit add x.bin; git commit -qm ours; git merge other || true; echo changed > y.bin",
      );
      expect(await merging.tell(["mvgit diff --check", "mvgit diff x.bin"])).toMatchInlineSnapshot(`
        "$ mvgit diff --check
        the index -> the work tree:
        modified    y.bin  2 B -> 8 B
        conflicted  x.bin
        1 file modified; 2 B -> 8 B
        'mvgit checkout --ours' or '--theirs' chooses a side of what is conflicted
        [exit 1]
        $ mvgit diff x.bin
        the index -> the work tree:
        conflicted  x.bin
        'mvgit checkout --ours' or '--theirs' chooses a side of what is conflicted"
      `);
    } finally {
      merging.cleanup();
    }
  });

  test("a folder's list of files that the cache lacks comes from the remote", async () => {
    const poor = await smallRepo();
    try {
      await poor.prepare(
        "mkdir d; echo 1 > d/1; mvgit add d; git commit -qm one; echo 2 > d/2; mvgit add d; git commit -qm " +
          "two; mvgit push",
        "chmod -R u+w .git/mvgit/blobs; rm -r .git/mvgit/blobs",
      );
      expect(await poor.tell(["mvgit diff HEAD~1 HEAD", "rm -r ../store .git/mvgit/blobs; mvgit diff HEAD~1 HEAD"]))
        .toMatchInlineSnapshot(`
        "$ mvgit diff HEAD~1 HEAD
        HEAD~1 -> HEAD:
        added  d/2  2 B
        1 file added; 0 B -> 2 B
        $ rm -r ../store .git/mvgit/blobs; mvgit diff HEAD~1 HEAD
        ! error: the remote's folder '<dir>/store' does not exist
        ! hint: mount the disk that holds it, or make the folder if it is to be a new remote
        [exit 23]"
      `);
    } finally {
      poor.cleanup();
    }
  });
});
