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
  details: `
    URL is ${ADDRESS_FORMS}. A bucket is written into the committed settings, a folder, which
    belongs to one machine, into this clone's own.
  `,
  options: { shared: flag("into the committed settings"), local: flag("into this clone's own settings") },
  async run({ operands: [name = "", url = ""], shared, local }, session) {
    if (shared && local) throw new MvgitError("usage", "'--shared' and '--local' exclude each other");
    const where = shared ? "shared" : "local";
    return addRemote(await session.repo(), { name, url, ...(shared || local ? { where } : {}) });
  },
  text({ added, file }) {
    const made = added.made ? ", a new folder" : "";
    const standard = added.isDefault ? ", the default" : "";
    return `remote '${added.name}' is ${display(added.url)}${made}${standard} (written to ${file})`;
  },
});
