/** Commands for what other programs keep, as the help lists them. */
import type { CommandGroup } from "../command.ts";

export const BRIDGES: CommandGroup = {
  title: "Coming and going",
  example: "mvgit import dvc --dry-run && mvgit import dvc --commit && mvgit push",
  commands: [
    {
      name: "import dvc",
      summary: "take over what DVC tracks, without a second upload",
      example: "mvgit import dvc --dry-run",
      load: () => import("./bridges/import-dvc.ts"),
    },
    {
      name: "import gto",
      summary: "versions and stages out of GTO's tags",
      example: "mvgit import gto --dry-run",
      load: () => import("./bridges/import-gto.ts"),
    },
    {
      name: "import lfs",
      summary: "take over what Git LFS tracks",
      example: "mvgit import lfs --include '*.bin' --above 10MB",
      load: () => import("./bridges/import-lfs.ts"),
    },
    {
      name: "import git",
      summary: "take large plain files out of Git from here on",
      example: "mvgit import git --above 5MB --commit",
      load: () => import("./bridges/import-git.ts"),
    },
    {
      name: "import mlflow",
      summary: "make versions of MLflow's registered models or runs",
      example: "mvgit import mlflow mlruns --dry-run",
      load: () => import("./bridges/import-mlflow.ts"),
    },
    {
      name: "mlflow serve",
      summary: "answer MLflow's client from versions and stages",
      example: "mvgit mlflow serve",
      load: () => import("./bridges/mlflow-serve.ts"),
    },
    {
      name: "convert",
      summary: "make a copy that DVC or Git LFS understands",
      example: "mvgit convert --to dvc ../with-dvc",
      load: () => import("./bridges/convert.ts"),
    },
  ],
};
