/** `mvgit remote add NAME URL` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { addRemote } from "../../../care/remote.ts";
import { ADDRESS_FORMS } from "../../../store/drivers.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";

export const command = defineCommand({
  arguments: "NAME URL",
  output: "deed",
  details:
    `URL is ${ADDRESS_FORMS}. A bucket is written into the committed settings, a\nfolder, ` +
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
