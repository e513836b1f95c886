/** `mvgit stages [MODEL]` */
import { display } from "../../../base/paths.ts";
import { checkModelName } from "../../../values/label.ts";
import { defineCommand } from "../../command.ts";
import { NAME, oneLine } from "../../render/columns.ts";
import { table } from "../../render/table.ts";
import { numberOf } from "../../render/words.ts";
import { minuteOf } from "../../../values/local-minute.ts";

export const command = defineCommand({
  arguments: "[MODEL]",
  details: "Where each label is now, as far as this clone knows: 'git fetch' brings the moves of others.",
  options: {},
  run: async ({ operands: [model] }, session) =>
    (await session.registry()).stages(model === undefined ? {} : { model: checkModelName(model) }),
  text({ model: only, stages: all }, style) {
    if (all.length === 0) {
      const of = only === null ? "" : ` of '${only}'`;
      return `no stage${of} holds anything yet; 'mvgit promote ${only ?? "MODEL"}@v1 production' moves one`;
    }
    const rows = all.map(({ model, stage, version, since, problem }) => {
      if (problem !== undefined)
        return [`${model}#${stage}`, ["broken", style.bad("broken")] as const, display(problem), ""];
      const held = numberOf(version);
      return [
        `${model}#${stage}`,
        [held, style.good(held)] as const,
        since ? `${minuteOf(since.time)}  ${oneLine(since.by, NAME)}` : "",
        since ? oneLine(since.reason) : "",
      ];
    });
    return table(rows, [{}, {}, {}, { cut: "end" }], style.width);
  },
  exit: ({ stages: all }) => (all.some(({ problem }) => problem !== undefined) ? 24 : 0),
});
