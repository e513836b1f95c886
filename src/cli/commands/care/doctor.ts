/** `mvgit doctor` */
import process from "node:process";
import { display } from "../../../base/paths.ts";
import { doctor as examine } from "../../../care/doctor.ts";
import { defineCommand } from "../../command.ts";
import { maybe } from "../../options.ts";
import { thisProgram } from "../../program.ts";

/** Put in by the build. */
declare const MVGIT_VERSION: string;

export const command = defineCommand({
  aboutHooks: true,
  details: "Exits with 1 when something is not ok.",
  options: { remote: maybe("NAME", "ask a remote too, or 'all': identity, permissions") },
  async run({ remote }, session) {
    return examine(await session.repo(), {
      remote: remote ?? null,
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
