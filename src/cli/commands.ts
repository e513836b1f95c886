/**
 * Every command, in the order of the help. To add one: a line here, and `commands/<name>.ts` that exports what
 * `defineCommand` made. Nothing but what is here is read at start; a module is loaded when its command runs.
 */
import type { AnyCommand } from "./command.ts";

export interface CommandEntry {
  /** One word, or two: `remote add`. */
  name: string;
  /** Up to 56 columns, an imperative without full stop. */
  summary: string;
  example: string;
  load(): Promise<AnyCommand>;
}

export interface CommandGroup {
  title: string;
  /** A line that shows how the commands of this group are used together. */
  example: string;
  commands: readonly CommandEntry[];
}

export const GROUPS: readonly CommandGroup[] = [
  {
    title: "Files",
    example: "mvgit add weights.bin && git commit -m 'First weights' && mvgit push",
    commands: [
      {
        name: "init",
        summary: "make a repository or a fresh clone ready",
        example: "mvgit init --remote gs://my-bucket/team",
        load: async () => (await import("./commands/init.ts")).init,
      },
      {
        name: "add",
        summary: "track files and folders, or take in their new bytes",
        example: "mvgit add weights.bin data/",
        load: async () => (await import("./commands/add.ts")).add,
      },
      {
        name: "status",
        summary: "show what differs from the pointers",
        example: "mvgit status",
        load: async () => (await import("./commands/status.ts")).status,
      },
      {
        name: "checkout",
        summary: "make the work tree what the pointers say",
        example: "git checkout v1 && mvgit checkout",
        load: async () => (await import("./commands/checkout.ts")).checkout,
      },
      {
        name: "conflicts",
        summary: "show what a merge waits for, file by file",
        example: "mvgit conflicts --files data",
        load: async () => (await import("./commands/conflicts.ts")).conflicts,
      },
      {
        name: "push",
        summary: "copy what commits need to a remote",
        example: "mvgit push",
        load: async () => (await import("./commands/push.ts")).push,
      },
      {
        name: "fetch",
        summary: "copy what pointers need into the cache",
        example: "mvgit fetch",
        load: async () => (await import("./commands/fetch.ts")).fetch,
      },
      {
        name: "pull",
        summary: "fetch, then check out",
        example: "mvgit pull data/",
        load: async () => (await import("./commands/pull.ts")).pull,
      },
      {
        name: "diff",
        summary: "show what changed, file by file",
        example: "mvgit diff v1 HEAD data/",
        load: async () => (await import("./commands/diff.ts")).diff,
      },
      {
        name: "ls",
        summary: "list what is tracked",
        example: "mvgit ls -R",
        load: async () => (await import("./commands/ls.ts")).ls,
      },
      {
        name: "cat",
        summary: "print the bytes of a tracked file",
        example: "mvgit cat v1:weights.bin > old.bin",
        load: async () => (await import("./commands/files.ts")).cat,
      },
      {
        name: "rm",
        summary: "stop tracking, and remove the file",
        example: "mvgit rm --keep data",
        load: async () => (await import("./commands/files.ts")).rm,
      },
      {
        name: "mv",
        summary: "rename what is tracked",
        example: "mvgit mv weights.bin models/",
        load: async () => (await import("./commands/files.ts")).mv,
      },
    ],
  },
  {
    title: "Models",
    example: "mvgit run spam --data mails --weights weights.bin -- python train.py",
    commands: [
      {
        name: "run",
        summary: "run a training command and make the next version",
        example: "mvgit run spam --data data/ --weights weights.bin -- python train.py",
        load: async () => (await import("./commands/run.ts")).run,
      },
      {
        name: "save",
        summary: "make the next version from what is there",
        example: "mvgit save spam-detector --weights weights.bin -m 'trained elsewhere'",
        load: async () => (await import("./commands/run.ts")).save,
      },
      {
        name: "runs",
        summary: "list runs in progress, and those without a version",
        example: "mvgit runs",
        load: async () => (await import("./commands/runs.ts")).runs,
      },
      {
        name: "runs show",
        summary: "show all that is known of such a run",
        example: "mvgit runs show 0a1b2c3d --plot loss",
        load: async () => (await import("./commands/runs.ts")).runsShow,
      },
      {
        name: "runs rm",
        summary: "keep such a run no longer",
        example: "mvgit runs rm 0a1b2c3d",
        load: async () => (await import("./commands/runs.ts")).runsRm,
      },
      {
        name: "freeze",
        summary: "make a query's or an address's answer a tracked file",
        example: "mvgit freeze data.csv -- sqlite3 live.db '.mode csv' 'select * from mails'",
        load: async () => (await import("./commands/freeze.ts")).freeze,
      },
      {
        name: "renumber",
        summary: "give an unpushed version the next free number",
        example: "mvgit renumber spam-detector",
        load: async () => (await import("./commands/run.ts")).renumber,
      },
      {
        name: "log",
        summary: "list versions with their scores and stages",
        example: "mvgit log spam-detector",
        load: async () => (await import("./commands/versions.ts")).log,
      },
      {
        name: "show",
        summary: "show all that a version is made of",
        example: "mvgit show spam-detector#production",
        load: async () => (await import("./commands/versions.ts")).show,
      },
      {
        name: "compare",
        summary: "say what differs between two versions",
        example: "mvgit compare spam-detector@v4 spam-detector@v5",
        load: async () => (await import("./commands/versions.ts")).compare,
      },
      {
        name: "promote",
        summary: "move a stage to a version, everywhere or nowhere",
        example: "mvgit promote spam-detector@v5 production -m 'better on short mails'",
        load: async () => (await import("./commands/stages.ts")).promote,
      },
      {
        name: "rollback",
        summary: "move a stage back to the version before",
        example: "mvgit rollback spam-detector production",
        load: async () => (await import("./commands/stages.ts")).rollback,
      },
      {
        name: "stages",
        summary: "show which version each stage holds",
        example: "mvgit stages",
        load: async () => (await import("./commands/stages.ts")).stages,
      },
      {
        name: "history",
        summary: "show every move of a model's stages",
        example: "mvgit history spam-detector production --at 2026-03-01",
        load: async () => (await import("./commands/stages.ts")).history,
      },
      {
        name: "reproduce",
        summary: "run a version again and compare the results",
        example: "mvgit reproduce spam-detector@v4",
        load: async () => (await import("./commands/reproduce.ts")).reproduce,
      },
      {
        name: "receipt",
        summary: "print what a prediction logs to name its version",
        example: "mvgit receipt spam-detector#production",
        load: async () => (await import("./commands/explain.ts")).receipt,
      },
      {
        name: "explain",
        summary: "from a receipt, hash or file back to its version",
        example: "mvgit explain weights.bin",
        load: async () => (await import("./commands/explain.ts")).explain,
      },
      {
        name: "export",
        summary: "put the files of a version into a folder",
        example: "mvgit export spam-detector@v5 -o model",
        load: async () => (await import("./commands/deliver.ts")).exportCommand,
      },
      {
        name: "get",
        summary: "as export, from a Git address, without a clone",
        example: "mvgit get https://host/repo.git spam-detector#production -o model",
        load: async () => (await import("./commands/deliver.ts")).get,
      },
      {
        name: "audit",
        summary: "say what was tampered with: tags, chains, blobs",
        example: "mvgit audit spam-detector --verify",
        load: async () => (await import("./commands/audit.ts")).audit,
      },
      {
        name: "stage check",
        summary: "compare stages.yaml with the event tags",
        example: "mvgit stage check",
        load: async () => (await import("./commands/stages.ts")).stageCheck,
      },
      {
        name: "stage apply",
        summary: "make a reviewed edit of stages.yaml into events",
        example: "mvgit stage apply",
        load: async () => (await import("./commands/stages.ts")).stageApply,
      },
    ],
  },
  {
    title: "Remotes and care",
    example: "mvgit remote add store gs://my-bucket/team && mvgit doctor --remote",
    commands: [
      {
        name: "remote add",
        summary: "name a place that keeps the bytes",
        example: "mvgit remote add store gs://my-bucket/team",
        load: async () => (await import("./commands/remote.ts")).remoteAdd,
      },
      {
        name: "remote list",
        summary: "list the remotes",
        example: "mvgit remote list",
        load: async () => (await import("./commands/remote.ts")).remoteList,
      },
      {
        name: "remote remove",
        summary: "forget a remote",
        example: "mvgit remote remove store",
        load: async () => (await import("./commands/remote.ts")).remoteRemove,
      },
      {
        name: "remote default",
        summary: "choose the remote used when none is named",
        example: "mvgit remote default store",
        load: async () => (await import("./commands/remote.ts")).remoteDefault,
      },
      {
        name: "remote accept",
        summary: "take what stands at its place now for the remote",
        example: "mvgit remote accept store && mvgit push --all",
        load: async () => (await import("./commands/remote.ts")).remoteAccept,
      },
      {
        name: "hooks install",
        summary: "install the hooks, chaining what is there",
        example: "mvgit hooks install",
        load: async () => (await import("./commands/hooks.ts")).hooksInstall,
      },
      {
        name: "hooks uninstall",
        summary: "put back what stood there before",
        example: "mvgit hooks uninstall",
        load: async () => (await import("./commands/hooks.ts")).hooksUninstall,
      },
      {
        name: "hooks status",
        summary: "say which hooks will really run",
        example: "mvgit hooks status",
        load: async () => (await import("./commands/hooks.ts")).hooksStatusCommand,
      },
      {
        name: "hooks run",
        summary: "the pre-commit checks by hand or in CI",
        example: "mvgit hooks run --range origin/main..HEAD",
        load: async () => (await import("./commands/hooks.ts")).hooksRun,
      },
      {
        name: "doctor",
        summary: "say what is in order here, and what to do",
        example: "mvgit doctor --remote",
        load: async () => (await import("./commands/care.ts")).doctor,
      },
      {
        name: "fsck",
        summary: "read and hash everything again",
        example: "mvgit fsck --remote",
        load: async () => (await import("./commands/care.ts")).fsck,
      },
      {
        name: "gc",
        summary: "remove what nothing needs from the cache or a remote",
        example: "mvgit gc --dry-run",
        load: async () => (await import("./commands/care.ts")).gc,
      },
      {
        name: "trust",
        summary: "accept committed settings that need consent",
        example: "mvgit trust --list",
        load: async () => (await import("./commands/care.ts")).trust,
      },
      {
        name: "completion",
        summary: "print a script that completes commands and options",
        example: "mvgit completion bash > ~/.local/share/bash-completion/completions/mvgit",
        load: async () => (await import("./commands/completion.ts")).completion,
      },
      {
        name: "merge-driver",
        summary: "what Git calls to merge pointers",
        example: "mvgit merge-driver BASE OURS THEIRS PATH",
        load: async () => (await import("./commands/files.ts")).mergeDriver,
      },
      {
        name: "textconv",
        summary: "what Git calls to show pointers in a diff",
        example: "mvgit textconv data.mvgit",
        load: async () => (await import("./commands/files.ts")).textconv,
      },
    ],
  },
  {
    title: "Coming and going",
    example: "mvgit import dvc --dry-run && mvgit import dvc --commit && mvgit push",
    commands: [
      {
        name: "import dvc",
        summary: "take over what DVC tracks, without a second upload",
        example: "mvgit import dvc --dry-run",
        load: async () => (await import("./commands/import.ts")).importDvc,
      },
      {
        name: "import gto",
        summary: "versions and stages out of GTO's tags",
        example: "mvgit import gto --dry-run",
        load: async () => (await import("./commands/import-gto.ts")).importGto,
      },
      {
        name: "import lfs",
        summary: "take over what Git LFS tracks",
        example: "mvgit import lfs --include '*.bin' --above 10MB",
        load: async () => (await import("./commands/import.ts")).importLfs,
      },
      {
        name: "import git",
        summary: "take large plain files out of Git from here on",
        example: "mvgit import git --above 5MB --commit",
        load: async () => (await import("./commands/import.ts")).importGit,
      },
      {
        name: "import mlflow",
        summary: "make versions of MLflow's registered models or runs",
        example: "mvgit import mlflow mlruns --dry-run",
        load: async () => (await import("./commands/import.ts")).importMlflow,
      },
      {
        name: "convert",
        summary: "make a copy that DVC or Git LFS understands",
        example: "mvgit convert --to dvc ../with-dvc",
        load: async () => (await import("./commands/convert.ts")).convert,
      },
    ],
  },
];

/** All entries in order. */
export function allCommands(): CommandEntry[] {
  return GROUPS.flatMap((group) => group.commands);
}
