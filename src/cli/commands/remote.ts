/** `mvgit remote add|list|remove|default` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { acceptRemote, addRemote, defaultRemote, listRemotes, removeRemote } from "../../care/remote.ts";
import { defineCommand } from "../command.ts";
import { flag } from "../options.ts";
import { table } from "../render/table.ts";

export const remoteAdd = defineCommand({
  arguments: "NAME URL",
  output: "deed",
  details:
    "URL is gs://BUCKET/PREFIX or a folder. A bucket is written into the committed settings, a\nfolder, " +
    ("which " + "belongs to one machine, into this clone's own."),
  options: { shared: flag("into the committed settings"), local: flag("into this clone's own settings") },
  async run({ operands: [name = "", url = ""], shared, local }, session) {
    if (shared && local) throw new MvgitError("usage", "'--shared' and '--local' exclude each other");
    return addRemote(await session.repo(), {
      name,
      url,
      ...(shared ? { where: "shared" as const } : local ? { where: "local" as const } : {}),
    });
  },
  text: ({ added, file }) =>
    `remote '${added.name}' is ` +
    `${display(added.url)}${added.made ? ", a new folder" : ""}${added.isDefault ? ", the default" : ""} ` +
    `(written to ${file})`,
});

export const remoteList = defineCommand({
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

export const remoteRemove = defineCommand({
  arguments: "NAME",
  output: "deed",
  options: {},
  run: async ({ operands: [name = ""] }, session) => removeRemote(await session.repo(), name),
  text: ({ removed }) => `remote '${removed}' is forgotten; what is stored there stays`,
});

export const remoteDefault = defineCommand({
  arguments: "NAME",
  output: "deed",
  options: {},
  run: async ({ operands: [name = ""] }, session) => defaultRemote(await session.repo(), name),
  text: (report) => `remote '${report.default}' is the default`,
});

export const remoteAccept = defineCommand({
  arguments: "[NAME]",
  output: "deed",
  details:
    "For a remote that was emptied or made anew on purpose, or moved to another disk. What this\nclone " +
    ("pushed " + "before counts as absent there: run 'mvgit push --all' afterwards."),
  options: {},
  run: async ({ operands: [name] }, session) => acceptRemote(await session.repo(), name),
  text: ({ accepted, address, empty }) =>
    `remote '${accepted}' (${display(address)}) is accepted as it is now${empty ? ", empty" : ""}; ` +
    "'mvgit push --all' brings what this clone has",
});
