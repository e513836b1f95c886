/** Commands for what keeps house, and those that Git calls, as the help lists them. */
import type { CommandEntry, CommandGroup } from "../command.ts";

/** `all`: every command, for the one that writes their names into scripts for shells. */
export function careGroup(all: () => readonly CommandEntry[]): CommandGroup {
  return {
    title: "Remotes and care",
    example: "mvgit remote add store ADDRESS && mvgit doctor --remote",
    commands: [...CARE, completionEntry(all), ...FOR_GIT],
  };
}

const CARE: readonly CommandEntry[] = [
  {
    name: "remote add",
    summary: "name a place that keeps the bytes",
    example: "mvgit remote add store ADDRESS",
    load: () => import("./care/remote-add.ts"),
  },
  {
    name: "remote list",
    summary: "list the remotes",
    example: "mvgit remote list",
    load: () => import("./care/remote-list.ts"),
  },
  {
    name: "remote remove",
    summary: "forget a remote",
    example: "mvgit remote remove store",
    load: () => import("./care/remote-remove.ts"),
  },
  {
    name: "remote default",
    summary: "choose the remote used when none is named",
    example: "mvgit remote default store",
    load: () => import("./care/remote-default.ts"),
  },
  {
    name: "remote copy",
    summary: "bring all that is needed from one remote to another",
    example: "mvgit remote copy store backup",
    load: () => import("./care/remote-copy.ts"),
  },
  {
    name: "remote accept",
    summary: "take what stands at its place now for the remote",
    example: "mvgit remote accept store && mvgit push --all",
    load: () => import("./care/remote-accept.ts"),
  },
  {
    name: "remote repack",
    summary: "write small files and half empty packs into new packs",
    example: "mvgit remote repack --dry-run",
    load: () => import("./care/remote-repack.ts"),
  },
  {
    name: "storage",
    summary: "what each version costs in a remote, and what was saved",
    example: "mvgit storage",
    load: () => import("./care/storage.ts"),
  },
  {
    name: "hooks install",
    summary: "install the hooks, chaining what is there",
    example: "mvgit hooks install",
    load: () => import("./care/hooks-install.ts"),
  },
  {
    name: "hooks uninstall",
    summary: "put back what stood there before",
    example: "mvgit hooks uninstall",
    load: () => import("./care/hooks-uninstall.ts"),
  },
  {
    name: "hooks status",
    summary: "say which hooks will really run",
    example: "mvgit hooks status",
    load: () => import("./care/hooks-status.ts"),
  },
  {
    name: "hooks run",
    summary: "the pre-commit checks by hand or in CI",
    example: "mvgit hooks run --range origin/main..HEAD",
    load: () => import("./care/hooks-run.ts"),
  },
  {
    name: "doctor",
    summary: "say what is in order here, and what to do",
    example: "mvgit doctor --remote",
    load: () => import("./care/doctor.ts"),
  },
  {
    name: "fsck",
    summary: "read and hash everything again",
    example: "mvgit fsck --remote",
    load: () => import("./care/fsck.ts"),
  },
  {
    name: "gc",
    summary: "remove what nothing needs from the cache or a remote",
    example: "mvgit gc --dry-run",
    load: () => import("./care/gc.ts"),
  },
  {
    name: "trust",
    summary: "accept committed settings that need consent",
    example: "mvgit trust --list",
    load: () => import("./care/trust.ts"),
  },
];

function completionEntry(all: () => readonly CommandEntry[]): CommandEntry {
  return {
    name: "completion",
    summary: "print a script that completes commands and options",
    example: "mvgit completion bash > ~/.local/share/bash-completion/completions/mvgit",
    load: async () => ({ command: (await import("./care/completion.ts")).completion(all) }),
  };
}

/** What Git calls. */
const FOR_GIT: readonly CommandEntry[] = [
  {
    name: "merge-driver",
    summary: "what Git calls to merge pointers",
    example: "mvgit merge-driver BASE OURS THEIRS PATH",
    load: () => import("./files/merge-driver.ts"),
  },
  {
    name: "textconv",
    summary: "what Git calls to show pointers in a diff",
    example: "mvgit textconv data.mvgit",
    load: () => import("./files/textconv.ts"),
  },
];
