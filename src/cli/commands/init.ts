/** `mvgit init` */
import { display } from "../../base/paths.ts";
import { init as operation } from "../../ops/init.ts";
import { defineCommand } from "../command.ts";
import { off, value } from "../options.ts";
import { thisProgram } from "../program.ts";

export const init = defineCommand({
  aboutHooks: true,
  output: "deed",
  details: "Makes a repository ready: settings, merge and diff drivers, hooks, a remote. Run it again to\nrepair, and once in a fresh clone for what Git does not clone.",
  options: { remote: value("URL", "a bucket or folder, to be called 'store'"), hooks: off("install no hooks") },
  async run({ remote, hooks }, session) {
    return operation(await session.repo(), { hooks, program: thisProgram(), ...(remote === undefined ? {} : { remote }) });
  },
  text({ written, hooks, remote }) {
    const lines = written.length > 0 ? [`wrote and staged ${written.map((path) => `'${path}'`).join(", ")}`] : ["settings are in place"];
    if (hooks) lines.push(`hooks run: ${hooks.hooks.filter((each) => each.state === "runs" || each.state === "called").map((each) => each.name).join(", ")}`);
    if (remote) lines.push(`remote '${remote.name}' is ${display(remote.url)}${remote.made ? ", a new folder" : ""}`);
    return lines.join("\n");
  },
});
