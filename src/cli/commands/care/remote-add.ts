/** `mvgit remote add NAME URL` */
import { MvgitError } from "../../../base/errors.ts";
import { addRemote } from "../../../care/remote.ts";
import { ADDRESS_FORMS } from "../../../store/drivers.ts";
import { defineCommand } from "../../command.ts";
import { flag, list } from "../../options.ts";
import { addedLines } from "../../render/care/remote.ts";
import { partsOf } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "NAME URL",
  output: "deed",
  details: `
    URL is ${ADDRESS_FORMS}. It is written into the committed settings; a folder, which
    belongs to one machine, into this clone's own, as is all that names credentials.
  `,
  options: {
    set: list("PART=VALUE", "what the place needs besides, such as endpoint=https://HOST"),
    shared: flag("into the committed settings"),
    local: flag("into this clone's own settings"),
  },
  async run({ operands: [name = "", url = ""], set, shared, local }, session) {
    if (shared && local) throw new MvgitError("usage", "'--shared' and '--local' exclude each other");
    const where = shared ? "shared" : "local";
    return addRemote(await session.repo(), { name, url, options: partsOf(set), ...(shared || local ? { where } : {}) });
  },
  text({ added, file }) {
    return addedLines(added, `${added.isDefault ? ", the default" : ""} (written to ${file})`).join("\n");
  },
});
