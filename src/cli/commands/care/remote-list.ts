/** `mvgit remote list` */
import { display } from "../../../base/paths.ts";
import { listRemotes } from "../../../care/remote.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../render/table.ts";

export const command = defineCommand({
  options: {},
  run: async (_, session) => listRemotes(await session.repo()),
  text: ({ remotes }) =>
    remotes.length === 0
      ? "no remote is configured; 'mvgit remote add store URL' adds one"
      : table(
          remotes.map((each) => [each.name, display(each.url), each.isDefault ? "default" : ""]),
          [{}, {}, {}],
        ),
});
