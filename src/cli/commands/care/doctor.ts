/** `mvgit doctor` */
import process from "node:process";
import { display } from "../../../base/paths.ts";
import { doctor as examine } from "../../../care/doctor.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { thisProgram } from "../../program.ts";

/** Put in by the build. */
declare const MVGIT_VERSION: string;

export const command = defineCommand({
  aboutHooks: true,
  details: "Exits with 1 when something is not ok.",
  options: { remote: flag("ask the default remote too: identity, permissions") },
  async run({ remote }, session) {
    return examine(await session.repo(), {
      remote,
      program: thisProgram(),
      versions: { mvgit: MVGIT_VERSION, node: process.version },
    });
  },
  text: ({ lines }, style) =>
    lines
      .flatMap(({ what, value, ok, advice }) => [
        `${ok ? style.good("ok ") : style.bad("NO ")} ${what}: ${display(value)}`,
        ...(advice ? [`      ${display(advice)}`] : []),
      ])
      .join("\n"),
  exit: ({ lines }) => (lines.every((each) => each.ok) ? 0 : 1),
});
