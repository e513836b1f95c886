/** Commands for tracked files, as the help lists them. */
import type { CommandGroup } from "../command.ts";

export const FILES: CommandGroup = {
  title: "Files",
  example: "mvgit add weights.bin && git commit -m 'First weights' && mvgit push",
  commands: [
    {
      name: "init",
      summary: "make a repository or a fresh clone ready",
      example: "mvgit init --remote ADDRESS",
      load: () => import("./care/init.ts"),
    },
    {
      name: "add",
      summary: "track files and folders, or take in their new bytes",
      example: "mvgit add weights.bin data/",
      load: () => import("./files/add.ts"),
    },
    {
      name: "status",
      summary: "show what differs from the pointers",
      example: "mvgit status",
      load: () => import("./files/status.ts"),
    },
    {
      name: "checkout",
      summary: "make the work tree what the pointers say",
      example: "git checkout v1 && mvgit checkout",
      load: () => import("./files/checkout.ts"),
    },
    {
      name: "conflicts",
      summary: "show what a merge waits for, file by file",
      example: "mvgit conflicts --files data",
      load: () => import("./files/conflicts.ts"),
    },
    {
      name: "push",
      summary: "copy what commits need to a remote",
      example: "mvgit push",
      load: () => import("./files/push.ts"),
    },
    {
      name: "fetch",
      summary: "copy what pointers need into the cache",
      example: "mvgit fetch",
      load: () => import("./files/fetch.ts"),
    },
    {
      name: "pull",
      summary: "fetch, then check out",
      example: "mvgit pull data/",
      load: () => import("./files/pull.ts"),
    },
    {
      name: "diff",
      summary: "show what changed, file by file",
      example: "mvgit diff v1 HEAD data/",
      load: () => import("./files/diff.ts"),
    },
    { name: "ls", summary: "list what is tracked", example: "mvgit ls -R", load: () => import("./files/ls.ts") },
    {
      name: "cat",
      summary: "print the bytes of a tracked file",
      example: "mvgit cat v1:weights.bin > old.bin",
      load: () => import("./files/cat.ts"),
    },
    {
      name: "rm",
      summary: "stop tracking, and remove the file",
      example: "mvgit rm --keep data",
      load: () => import("./files/rm.ts"),
    },
    {
      name: "mv",
      summary: "rename what is tracked",
      example: "mvgit mv weights.bin models/",
      load: () => import("./files/mv.ts"),
    },
  ],
};
