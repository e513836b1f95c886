/** `mvgit storage [PATH...]` */
import { storage as operation } from "../../../care/storage.ts";
import { defineCommand } from "../../command.ts";
import { flag, value } from "../../options.ts";
import { storageText } from "../../render/care/storage.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  details: `
    Of every commit that changed a tracked path: what it weighs, what the remote keeps for it alone, and what was
    saved, and by what. A part that several versions share is of the first that has it. Nothing is changed.
  `,
  options: { remote: value("NAME", "this remote instead of the default one"), all: flag("list every version") },
  async run({ operands, remote, all }, session) {
    const report = await operation(await session.repo(), {
      paths: operands,
      ...(remote === undefined ? {} : { remote }),
    });
    return { ...report, all };
  },
  text: storageText,
});
