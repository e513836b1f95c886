/** `mvgit import gto` */
import { DVC_ADDRESSES } from "../../../bridges/dvc/import.ts";
import { importGto as fromGto } from "../../../bridges/gto/import.ts";
import { importFailures } from "../../../bridges/report.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, list, off, value } from "../../options.ts";
import { gtoText } from "../../render/bridges/gto.ts";
import { pairsOf } from "../../typed.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    Versions that GTO's tags register get the numbers 1, 2, 3, each on a commit after GTO's own that adds what
    mvgit needs; its stages become events, in the order of the tags' times and in the names of their taggers.
    Nothing of GTO's or DVC's is changed. Run again, it takes what is new.
  `,
  options: {
    as: list("NAME=MODEL", "another name here for what GTO calls NAME"),
    weights: list("NAME=PATH", "the weights of NAME, where artifacts.yaml names none"),
    from: value("URL", `${DVC_ADDRESSES} that DVC filled, not its remote`),
    allowMissing: flag("make versions without files whose bytes are nowhere"),
    commit: off("leave stages.yaml as it is"),
    dryRun,
  },
  async run({ as: names, weights, from, allowMissing, commit, dryRun: only }, session) {
    const pairs = { names: pairsOf("--as", names), weights: pairsOf("--weights", weights) };
    return fromGto(await session.repo(), {
      ...pairs,
      allowMissing,
      commit,
      dryRun: only,
      ...(from === undefined ? {} : { from }),
    });
  },
  text: gtoText,
  failures: (report) =>
    importFailures(
      report,
      "bring it with 'dvc fetch --all-tags', name a copy with '--from URL', or do without it: '--allow-missing'",
    ),
});
