/**
 * As `adversary.test.ts`, of commands that change what is tracked and where it is stored: rm, mv, merge, freeze,
 * reproduce, import, convert, and repack and copy of a remote.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import {
  type Act,
  type Beside,
  commits,
  describeBeside,
  others,
  renames,
  stages,
  swapsForLink,
  writes,
} from "../support/beside.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

async function tracked(box: Sandbox): Promise<void> {
  box.write("work/w.bin", "weights");
  for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `row ${i}`);
  box.write("work/note", "");
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "-u", "origin", "main"]);
}

/** Two branches that changed one folder, and one that changed a file. */
async function diverged(box: Sandbox): Promise<void> {
  await tracked(box);
  const change = async (branch: string, files: Record<string, string>): Promise<void> => {
    await box.git("work", ["checkout", "-q", "-b", branch, "main"]);
    await box.mv("work", ["checkout"]);
    for (const [path, text] of Object.entries(files)) box.write(`work/${path}`, text);
    await box.mv("work", ["add", "w.bin", "data"]);
    await box.git("work", ["commit", "-qam", branch]);
  };
  await change("theirs", { "data/1": "row 1 of theirs", "data/3": "row 3 of theirs" });
  await change("ours", { "data/2": "row 2 of ours", "w.bin": "weights of ours" });
}

async function trained(box: Sandbox): Promise<void> {
  await tracked(box);
  const command = ["sh", "-c", "cat data/* > w.bin; echo '{\"n\": 3}' > metrics.json"];
  await box.mv("work", ["run", "m", "--data", "data", "--weights", "w.bin", "--", ...command]);
}

async function inGit(box: Sandbox): Promise<void> {
  box.write("work/big.bin", "x".repeat(5000));
  box.write("work/deep/large.bin", "y".repeat(5000));
  box.write("work/note", "");
  await box.git("work", ["add", "-A"]);
  await box.git("work", ["commit", "-qm", "in Git"]);
}

async function second(box: Sandbox): Promise<void> {
  await tracked(box);
  fs.mkdirSync(join(box.dir, "second"));
  await box.git("work", ["config", "mvgit-remote.second.url", join(box.dir, "second")]);
}

const pushesMore: Act = {
  act: async (box, { count }) => {
    box.write("work/more.bin", `more ${count}`);
    await box.mv("work", ["add", "more.bin"]);
    await box.git("work", ["commit", "-qm", "more", "--no-verify", "--", "more.bin.mvgit", ".gitignore"]);
    await box.mv("work", ["push", "--remote", "store"], -1);
  },
  holds: async (box) => {
    await box.mv("work", ["push", "--all", "--remote", "store"]);
    await box.mv("work", ["fsck", "--remote=store"]);
  },
};

const BESIDE: Record<string, Beside> = {
  rm: {
    args: ["rm", "w.bin", "data"],
    prepare: tracked,
    acts: {
      writes: writes(["work/w.bin", "work/data/1", "work/data/new"]),
      "saves as an editor does": renames("work/w.bin"),
      "swaps a folder for a link": swapsForLink("work/data", ["1", "new"]),
      "makes a commit": commits,
      "stages a file": stages,
      "collects garbage": others("gc"),
    },
  },
  "rm --keep": {
    args: ["rm", "--keep", "w.bin", "data"],
    prepare: tracked,
    acts: { writes: writes(["work/w.bin", "work/data/1", "work/data/new"]), "stages a file": stages },
  },
  "mv of a file": {
    args: ["mv", "w.bin", "moved.bin"],
    always: ["unlink"],
    prepare: tracked,
    acts: {
      writes: writes(["work/w.bin"], ["work/moved.bin"]),
      "writes where it goes to": writes(["work/moved.bin"]),
      "saves as an editor does": renames("work/w.bin", ["work/moved.bin"]),
      "stages a file": stages,
    },
  },
  "mv of a folder": {
    args: ["mv", "data", "rows"],
    prepare: tracked,
    acts: {
      "writes into it": writes(["work/data/1"], ["work/rows/1"]),
      "writes a new file into it": writes(["work/data/new"], ["work/rows/new"]),
      "writes where it goes to": writes(["work/rows/1", "work/rows/new"]),
      "swaps it for a link": swapsForLink("work/data", ["1", "new"]),
      "puts a link where it goes to": swapsForLink("work/rows", ["1", "new"]),
      "makes a commit": commits,
    },
  },
  "git merge, in the driver": {
    program: "git",
    args: ["merge", "-q", "-m", "merged", "theirs"],
    prepare: diverged,
    acts: { writes: writes(["work/w.bin", "work/data/1", "work/data/new"]), "collects garbage": others("gc") },
  },
  freeze: {
    args: ["freeze", "rows.csv", "--", "printf", "1\\n2\\n"],
    prepare: tracked,
    acts: {
      "writes where it goes to": writes(["work/rows.csv"]),
      "saves as an editor does": renames("work/rows.csv"),
      "makes a commit": commits,
      "stages a file": stages,
      "collects garbage": others("gc"),
    },
  },
  reproduce: {
    args: ["reproduce", "m@v1"],
    prepare: trained,
    acts: {
      writes: writes(["work/w.bin", "work/data/1", "work/data/new"]),
      "swaps a folder for a link": swapsForLink("work/data", ["1", "new"]),
      "makes a commit": commits,
      "collects garbage": others("gc"),
    },
  },
  "import git": {
    args: ["import", "git", "--above", "1KB"],
    prepare: inGit,
    acts: {
      writes: writes(["work/big.bin", "work/deep/large.bin"]),
      "saves as an editor does": renames("work/big.bin"),
      "swaps a folder for a link": swapsForLink("work/deep", ["large.bin"]),
      "makes a commit": commits,
      "stages a file": stages,
    },
  },
  convert: {
    args: ["convert", "--to", "dvc", "../copy"],
    prepare: tracked,
    acts: {
      writes: writes(["work/w.bin", "work/data/1", "work/data/new"]),
      "writes where it goes to": writes(["copy/w.bin", "copy/mine"]),
      "makes a commit": commits,
      "collects garbage": others("gc"),
    },
  },
  "remote repack": {
    args: ["remote", "repack", "store"],
    prepare: async (box) => {
      await box.git("work", ["config", "mvgit.encoding", "whole"]);
      for (let i = 3; i < 40; i++) box.write(`work/data/${i}`, `row ${i}`);
      await tracked(box);
      await box.git("work", ["config", "mvgit.encoding", "compact"]);
    },
    acts: { "pushes more": pushesMore, "repacks as well": others("remote", "repack", "store") },
  },
  "remote copy": {
    args: ["remote", "copy", "store", "second"],
    prepare: second,
    acts: {
      "pushes more": pushesMore,
      "copies as well": others("remote", "copy", "store", "second"),
      "pushes to where it copies to": others("push", "--all", "--remote", "second"),
      "collects there": others("gc", "--remote=second", "--offline"),
    },
  },
};

drawTests(2);
describeBeside(BESIDE);
