/** Commands for models: runs, versions and stages, as the help lists them. */
import type { CommandGroup } from "../command.ts";

export const MODELS: CommandGroup = {
  title: "Models",
  example: "mvgit run spam --data mails --weights weights.bin -- python train.py",
  commands: [
    {
      name: "run",
      summary: "run a training command and make the next version",
      example: "mvgit run spam --data data/ --weights weights.bin -- python train.py",
      load: () => import("./versions/run.ts"),
    },
    {
      name: "save",
      summary: "make the next version from what is there",
      example: "mvgit save spam-detector --weights weights.bin -m 'trained elsewhere'",
      load: () => import("./versions/save.ts"),
    },
    {
      name: "runs",
      summary: "list runs in progress, and those without a version",
      example: "mvgit runs",
      load: () => import("./versions/runs.ts"),
    },
    {
      name: "runs show",
      summary: "show all that is known of such a run",
      example: "mvgit runs show 0a1b2c3d --plot loss",
      load: () => import("./versions/runs-show.ts"),
    },
    {
      name: "runs rm",
      summary: "keep such a run no longer",
      example: "mvgit runs rm 0a1b2c3d",
      load: () => import("./versions/runs-rm.ts"),
    },
    {
      name: "freeze",
      summary: "make a query's or an address's answer a tracked file",
      example: "mvgit freeze data.csv -- sqlite3 live.db '.mode csv' 'select * from mails'",
      load: () => import("./versions/freeze.ts"),
    },
    {
      name: "renumber",
      summary: "give an unpushed version the next free number",
      example: "mvgit renumber spam-detector",
      load: () => import("./versions/renumber.ts"),
    },
    {
      name: "log",
      summary: "list versions with their scores and stages",
      example: "mvgit log spam-detector",
      load: () => import("./versions/log.ts"),
    },
    {
      name: "show",
      summary: "show all that a version is made of",
      example: "mvgit show spam-detector#production",
      load: () => import("./versions/show.ts"),
    },
    {
      name: "compare",
      summary: "say what differs between two versions",
      example: "mvgit compare spam-detector@v4 spam-detector@v5",
      load: () => import("./versions/compare.ts"),
    },
    {
      name: "promote",
      summary: "move a stage to a version, everywhere or nowhere",
      example: "mvgit promote spam-detector@v5 production -m 'better on short mails'",
      load: () => import("./versions/promote.ts"),
    },
    {
      name: "rollback",
      summary: "move a stage back to the version before",
      example: "mvgit rollback spam-detector production",
      load: () => import("./versions/rollback.ts"),
    },
    {
      name: "stages",
      summary: "show which version each stage holds",
      example: "mvgit stages",
      load: () => import("./versions/stages.ts"),
    },
    {
      name: "history",
      summary: "show every move of a model's stages",
      example: "mvgit history spam-detector production --at 2026-03-01",
      load: () => import("./versions/history.ts"),
    },
    {
      name: "reproduce",
      summary: "run a version again and compare the results",
      example: "mvgit reproduce spam-detector@v4",
      load: () => import("./versions/reproduce.ts"),
    },
    {
      name: "receipt",
      summary: "print what a prediction logs to name its version",
      example: "mvgit receipt spam-detector#production",
      load: () => import("./versions/receipt.ts"),
    },
    {
      name: "explain",
      summary: "from a receipt, hash or file back to its version",
      example: "mvgit explain weights.bin",
      load: () => import("./versions/explain.ts"),
    },
    {
      name: "export",
      summary: "put the files of a version into a folder",
      example: "mvgit export spam-detector@v5 -o model",
      load: () => import("./versions/export.ts"),
    },
    {
      name: "get",
      summary: "as export, from a Git address, without a clone",
      example: "mvgit get https://host/repo.git spam-detector#production -o model",
      load: () => import("./versions/get.ts"),
    },
    {
      name: "audit",
      summary: "say what was tampered with: tags, chains, blobs",
      example: "mvgit audit spam-detector --verify",
      load: () => import("./versions/audit.ts"),
    },
    {
      name: "stage check",
      summary: "compare stages.yaml with the event tags",
      example: "mvgit stage check",
      load: () => import("./versions/stage-check.ts"),
    },
    {
      name: "stage apply",
      summary: "make a reviewed edit of stages.yaml into events",
      example: "mvgit stage apply",
      load: () => import("./versions/stage-apply.ts"),
    },
  ],
};
