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
          remotes.map(({ name, url, isDefault, settings }) => [
            name,
            display(url),
            isDefault ? "default" : "",
            Object.entries(settings)
              .map(([part, value]) => `${part}=${display(value)}`)
              .join("  "),
          ]),
          [{}, {}, {}, {}],
        ),
});
