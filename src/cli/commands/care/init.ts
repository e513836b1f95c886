/** `mvgit init` */
import { MvgitError } from "../../../base/errors.ts";
import { prose } from "../../../base/prose.ts";
import type { FollowTags } from "../../../care/follow-tags.ts";
import { init as operation } from "../../../care/init.ts";
import { defineCommand } from "../../command.ts";
import { list, off, value } from "../../options.ts";
import { addedLines } from "../../render/care/remote.ts";
import { partsOf } from "../../shared-options.ts";
import { thisProgram } from "../../program.ts";

export const command = defineCommand({
  aboutHooks: true,
  output: "deed",
  details: `
    Makes a repository ready: settings, merge and diff drivers, hooks, a remote. Run it again to repair, and
    once in a fresh clone for what Git does not clone. 'git push' takes tags of versions along from then on
    (push.followTags), unless you set it otherwise.
  `,
  options: {
    remote: value("URL", "the address of a remote, to be called 'store'"),
    set: list("PART=VALUE", "what the remote needs besides, as of 'mvgit remote add'"),
    hooks: off("install no hooks"),
  },
  async run({ remote, set, hooks }, session) {
    if (remote === undefined && set.length > 0) throw new MvgitError("usage", "'--set' goes with '--remote URL'");
    return operation(await session.repo(), {
      hooks,
      program: thisProgram(),
      ...(remote === undefined ? {} : { remote, options: partsOf(set) }),
    });
  },
  text({ written, hooks, remote, followTags, readme }) {
    const lines =
      written.length > 0
        ? [`wrote and staged ${written.map((path) => `'${path}'`).join(", ")}`]
        : ["settings are in place"];
    if (hooks)
      lines.push(
        `hooks run: ${hooks.hooks
          .filter((each) => each.state === "runs" || each.state === "called")
          .map((each) => each.name)
          .join(", ")}`,
      );
    if (remote) lines.push(...addedLines(remote));
    lines.push(tagsLine(followTags));
    if (readme !== null) lines.push("for your README, so that colleagues know what they see:", `    ${readme}`);
    return lines.join("\n");
  },
});

function tagsLine({ value, by }: FollowTags): string {
  if (by === "mvgit") return "'git push' takes the tags of versions along (push.followTags, set for this clone)";
  return value
    ? "'git push' takes the tags of versions along, as you set it (push.followTags)"
    : prose`'git push' leaves the tags of versions here, as you set it (push.followTags):
        'git push --follow-tags' takes them along`;
}
