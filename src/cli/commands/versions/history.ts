/** `mvgit history MODEL [STAGE]` */
import { display } from "../../../base/paths.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { NAME, oneLine } from "../../render/columns.ts";
import { table } from "../../render/table.ts";
import { numberOf } from "../../render/words.ts";
import { minuteOf } from "../../../values/local-minute.ts";
import { readStageOf, readTime } from "../../typed.ts";

export const command = defineCommand({
  arguments: "MODEL [STAGE]",
  details: "Every move with who, when and why, the newest first. MODEL#STAGE is understood too.",
  options: { at: value("TIME", "only what each stage held at that time (ISO 8601)") },
  async run({ operands: [model = "", stage], at }, session) {
    const named = readStageOf(model, stage);
    return (await session.registry()).history({ ...named, ...(at === undefined ? {} : { at: readTime(at) }) });
  },
  text({ events, problems }, style) {
    const rows = events.map((each) => [
      `${each.model}#${each.stage}`,
      `#${each.event}`,
      `${numberOf(each.before)} -> ${numberOf(each.version)}`,
      `${minuteOf(each.time)}  ${oneLine(each.by, NAME)}`,
      oneLine(each.reason),
    ]);
    const broken = problems.map((problem) => style.bad(`cannot be trusted: ${display(problem)}`));
    return [
      ...broken,
      events.length === 0
        ? "no stage held anything then"
        : table(rows, [{}, { align: "right" }, {}, {}, { cut: "end" }], style.width),
    ].join("\n");
  },
  exit: ({ problems }) => (problems.length > 0 ? 24 : 0),
});
