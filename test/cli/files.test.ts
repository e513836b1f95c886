/** `add`, `checkout`, `rm`, `mv`, `cat`: what a user sees, mistakes above all. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type SmallRepo, smallRepo } from "../support/small-repo.ts";
import { drawTests } from "../support/thorough.ts";

let repo: SmallRepo;
drawTests(2);

beforeEach(async () => {
  repo = await smallRepo();
  await repo.prepare("mkdir -p data sub; echo 1 > data/1; echo 2 > data/2; echo w > w.bin; echo s > sub/s.bin");
});
afterEach(() => repo.cleanup());

test("add", async () => {
  expect(
    await repo.tell([
      "mvgit add w.bin data",
      "git status --short",
      "mvgit add w.bin data/1",
      "mvgit add --glob '**/*.bin'",
      "mvgit add nothing",
      "mvgit add .",
      "mvgit add",
      "mkdir empty; mvgit add empty",
      "ln -s w.bin link; mvgit add link",
      "mkfifo pipe; mvgit add pipe",
      "mkdir holds; ln -s ../w.bin holds/link; mvgit add holds",
      "mvgit add ../elsewhere",
      "mvgit add sub",
      "git init -q inner; echo x > inner/x; mvgit add inner/x",
      "mvgit add --glob '*.nothing'",
      "echo in Git > kept; git add kept; git commit -qm kept; mvgit add kept",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit add w.bin data
    new  w.bin           2 B  6fd56bfe0e
    new  data   2 files, 4 B  4e8c8f97b1
    $ git status --short
    A  .gitattributes
    A  .gitignore
    A  .mvgit/config
    A  data.mvgit
    A  w.bin.mvgit
    ?? sub/
    $ mvgit add w.bin data/1
    unchanged  w.bin           2 B  6fd56bfe0e
    unchanged  data   2 files, 4 B  4e8c8f97b1
    $ mvgit add --glob '**/*.bin'
    new        sub/s.bin  2 B  4b782a407c
    unchanged  w.bin      2 B  6fd56bfe0e
    $ mvgit add nothing
    ! error: there is no 'nothing' to add
    ! hint: check the name; 'mvgit checkout' brings back a tracked file that is gone
    [exit 1]
    $ mvgit add .
    ! error: the whole work tree cannot be tracked as one folder
    ! hint: name the files and folders that are too large for Git
    [exit 1]
    $ mvgit add
    ! error: 'mvgit add' needs PATH...
    ! hint: usage: mvgit add PATH...
    [exit 2]
    $ mkdir empty; mvgit add empty
    ! error: cannot add 'empty': the folder holds no files
    ! hint: an empty folder has nothing to track; put a file into it first, or look into '.mvgitignore'
    [exit 1]
    $ ln -s w.bin link; mvgit add link
    ! error: cannot add 'link': it is a symbolic link
    ! hint: name the file or folder that it points to, if that is in the work tree
    [exit 1]
    $ mkfifo pipe; mvgit add pipe
    ! error: cannot add 'pipe': it is neither a file nor a folder
    ! hint: only what has bytes of its own can be tracked
    [exit 1]
    $ mkdir holds; ln -s ../w.bin holds/link; mvgit add holds
    ! error: cannot track 'holds': it holds symbolic links: 'link'
    ! hint: replace each link by what it points to, or name it in '.mvgitignore'
    [exit 1]
    $ mvgit add ../elsewhere
    ! error: '../elsewhere' is outside of the work tree '<here>'
    ! hint: move or copy it into the work tree first
    [exit 1]
    $ mvgit add sub
    ! error: cannot add 'sub': 'sub/s.bin' inside it is tracked on its own
    ! hint: run 'mvgit rm --keep sub/s.bin' first, or add the other files of the folder one by one
    [exit 1]
    $ git init -q inner; echo x > inner/x; mvgit add inner/x
    ! error: cannot use 'inner/x': 'inner' is a repository of its own
    ! hint: run mvgit inside 'inner'
    [exit 1]
    $ mvgit add --glob '*.nothing'
    ! error: no file matches '*.nothing'
    ! hint: patterns are relative to the current folder; '**' crosses folders
    [exit 1]
    $ echo in Git > kept; git add kept; git commit -qm kept; mvgit add kept
    new  kept  7 B  1151cd307d
    Git no longer keeps 'kept' itself from the next commit on"
  `);
  expect(await repo.tell(["mvgit add s.bin", "mvgit add ../w.bin.mvgit", "mvgit add w.bin"], "sub"))
    .toMatchInlineSnapshot(`
    "$ mvgit add s.bin
    unchanged  sub/s.bin  2 B  4b782a407c
    $ mvgit add ../w.bin.mvgit
    unchanged  w.bin  2 B  6fd56bfe0e
    $ mvgit add w.bin
    ! error: there is no 'w.bin' to add
    ! hint: check the name; 'mvgit checkout' brings back a tracked file that is gone
    [exit 1]"
  `);
  expect(await repo.tell(["mvgit add w.bin", "cd .git; mvgit add HEAD"], "..")).toMatchInlineSnapshot(`
    "$ mvgit add w.bin
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]
    $ cd .git; mvgit add HEAD
    ! /bin/sh: 1: cd: can't cd to .git
    ! error: cannot use this folder: not a git repository (or any of the parent directories): .git
    ! hint: run 'git init' first, or name another folder with '-C DIR'
    [exit 20]"
  `);
});

test("checkout", async () => {
  await repo.prepare("mvgit add w.bin data sub/s.bin; git commit -qm one");
  expect(
    await repo.tell([
      "mvgit checkout",
      "rm w.bin data/1; mvgit checkout",
      "echo mine > w.bin; mvgit checkout",
      "mvgit checkout --force w.bin",
      "mvgit cat --hash $(mvgit checkout --json >/dev/null; cut -d' ' -f2 .git/mvgit/displaced)",
      "mvgit checkout nothing",
      "mvgit checkout main",
      "mvgit checkout --ours",
      "mvgit checkout --ours --theirs",
      "rm sub/s.bin; mkdir sub/s.bin; mvgit checkout",
      "rm -r sub/s.bin .git/mvgit/blobs; mvgit checkout",
      "mvgit checkout --offline",
      "mvgit cat",
      "mvgit cat --hash xyz",
      "mvgit cat nowhere:w.bin",
      "mvgit cat data",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit checkout
    nothing to check out: 3 tracked paths as the pointers say
    $ rm w.bin data/1; mvgit checkout
    checked out: 1 file made (2 B)
    left out, as you removed it: 'data/1'; 'mvgit checkout PATH' brings it back
    $ echo mine > w.bin; mvgit checkout
    nothing to check out
    kept as you changed it: 'w.bin'; 'mvgit add' records the change, '--force' undoes it
    left out, as you removed it: 'data/1'; 'mvgit checkout PATH' brings it back
    $ mvgit checkout --force w.bin
    checked out: 1 file replaced (2 B)
    replaced 'w.bin'; the cache keeps its old bytes for 14 days: 'mvgit cat --hash 5db5d4a150bdb832 > FILE'
    $ mvgit cat --hash $(mvgit checkout --json >/dev/null; cut -d' ' -f2 .git/mvgit/displaced)
    mine
    $ mvgit checkout nothing
    ! error: 'nothing' is not tracked by mvgit
    ! hint: 'mvgit ls' shows what is tracked
    [exit 1]
    $ mvgit checkout main
    ! error: 'main' is a revision, and 'mvgit checkout' takes paths
    ! hint: run 'git checkout main', then 'mvgit checkout'
    [exit 1]
    $ mvgit checkout --ours
    ! error: no pointer is conflicted here
    ! hint: '--ours' and '--theirs' are for an unfinished merge; 'mvgit status' shows conflicts
    [exit 1]
    $ mvgit checkout --ours --theirs
    ! error: '--ours' and '--theirs' exclude each other
    [exit 2]
    $ rm sub/s.bin; mkdir sub/s.bin; mvgit checkout
    checked out: 1 file made (2 B)
    left out, as you removed it: 'data/1'; 'mvgit checkout PATH' brings it back
    $ rm -r sub/s.bin .git/mvgit/blobs; mvgit checkout
    ! error: nothing was checked out: cannot bring 'sub/s.bin': remote 'store' does not have blob 4b782a407c
    ! hint: run 'mvgit push --all' in the clone that has it; 'mvgit remote list' tells whether this is the right place
    [exit 23]
    $ mvgit checkout --offline
    ! error: 'sub/s.bin': nothing was checked out: cannot bring 'sub/s.bin': the cache lacks 1 blob, and '--offline' was given
    ! hint: run the command without '--offline'
    [exit 23]
    $ mvgit cat
    ! error: 'mvgit cat' needs either a path or '--hash'
    ! hint: usage: mvgit cat [REV:]PATH, or mvgit cat --hash HASH
    [exit 2]
    $ mvgit cat --hash xyz
    ! error: 'xyz' is not a hash, or the first 7 characters of one at least
    ! hint: 'mvgit ls' shows hashes
    [exit 2]
    $ mvgit cat nowhere:w.bin
    ! error: 'nowhere' names no commit
    ! hint: name a branch, a tag or a commit before ':'
    [exit 2]
    $ mvgit cat data
    ! error: 'data' is a folder
    ! hint: name a file in it; 'mvgit ls -R' lists them
    [exit 2]"
  `);
});

test("rm and mv", async () => {
  await repo.prepare("mvgit add w.bin data sub/s.bin; git commit -qm one");
  expect(
    await repo.tell([
      "mvgit mv w.bin sub",
      "mvgit mv sub/w.bin data",
      "mvgit mv data data/deeper",
      "mvgit mv sub/w.bin sub/s.bin",
      "mvgit mv nothing sub",
      "mvgit mv sub moved",
      "mvgit mv data/1 one",
      "mvgit mv data",
      "mvgit mv data ../elsewhere",
      "mvgit ls",
      "mvgit ls HEAD data",
      "mvgit ls HEAD nothing",
      "mvgit ls HEAD HEAD",
      "mvgit ls nothing",
      "mvgit rm nothing",
      "mvgit rm data/1",
      "echo mine > sub/w.bin; mvgit rm sub/w.bin",
      "mvgit rm --keep sub/w.bin; cat sub/w.bin",
      "mvgit rm data sub; ls",
      "git status --short",
    ]),
  ).toMatchInlineSnapshot(`
    "$ mvgit mv w.bin sub
    moved 'w.bin' to 'sub/w.bin'
    $ mvgit mv sub/w.bin data
    ! error: cannot move anything to 'data/w.bin': it would lie in the tracked folder 'data'
    ! hint: to make a file part of that folder, stop tracking it with 'mvgit rm --keep', move it there, then run 'mvgit add data'
    [exit 1]
    $ mvgit mv data data/deeper
    ! error: cannot move anything to 'data/deeper': it would lie in the tracked folder 'data'
    ! hint: to make a file part of that folder, stop tracking it with 'mvgit rm --keep', move it there, then run 'mvgit add data'
    [exit 1]
    $ mvgit mv sub/w.bin sub/s.bin
    ! error: cannot move 'sub/w.bin': 'sub/s.bin' is there already
    ! hint: choose another name
    [exit 21]
    $ mvgit mv nothing sub
    ! error: 'nothing' is not tracked by mvgit
    ! hint: 'mvgit ls' shows what is tracked
    [exit 1]
    $ mvgit mv sub moved
    ! error: 'sub' is a folder that holds tracked files
    ! hint: move them one by one
    [exit 2]
    $ mvgit mv data/1 one
    ! error: 'data/1' is part of the tracked folder 'data'
    ! hint: remove or move it with your system's own command, then run 'mvgit add data'
    [exit 2]
    $ mvgit mv data
    ! error: 'mvgit mv' needs TO
    ! hint: usage: mvgit mv FROM TO
    [exit 2]
    $ mvgit mv data ../elsewhere
    ! error: '../elsewhere' is outside of the work tree '<here>'
    ! hint: move or copy it into the work tree first
    [exit 1]
    $ mvgit ls
    wc  4e8c8f97b1  4 B  data       2 files
    wc  4b782a407c  2 B  sub/s.bin
    wc  6fd56bfe0e  2 B  sub/w.bin
    $ mvgit ls HEAD data
    wc  4e8c8f97b1  4 B  data  2 files
    $ mvgit ls HEAD nothing
    ! error: 'nothing' is neither a revision nor a path that is here or tracked
    ! hint: write '--' before it, as in 'REV -- nothing', for a path that only an older commit has
    [exit 1]
    $ mvgit ls HEAD HEAD
    ! error: 'mvgit ls' lists one revision, and two were named
    ! hint: 'mvgit diff' compares two
    [exit 2]
    $ mvgit ls nothing
    ! error: 'nothing' is neither a revision nor a path that is here or tracked
    ! hint: write '--' before it, as in 'REV -- nothing', for a path that only an older commit has
    [exit 1]
    $ mvgit rm nothing
    ! error: 'nothing' is not tracked by mvgit
    ! hint: 'mvgit ls' shows what is tracked
    [exit 1]
    $ mvgit rm data/1
    ! error: 'data/1' is part of the tracked folder 'data'
    ! hint: remove or move it with your system's own command, then run 'mvgit add data'
    [exit 2]
    $ echo mine > sub/w.bin; mvgit rm sub/w.bin
    ! error: cannot remove 'sub/w.bin': its bytes as they are now are not all in the cache
    ! hint: add it first, keep the file with '--keep', or give '--force', which keeps the bytes in the cache for 14 days
    [exit 1]
    $ mvgit rm --keep sub/w.bin; cat sub/w.bin
    no longer tracked: 'sub/w.bin'
    mine
    $ mvgit rm data sub; ls
    removed: 'data'
    removed: 'sub/s.bin'
    sub
    $ git status --short
    D  .gitignore
    D  data.mvgit
    D  sub/.gitignore
    D  sub/s.bin.mvgit
    D  w.bin.mvgit
    ?? sub/"
  `);
});
