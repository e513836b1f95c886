/** `mvgit rm PATH...` */
import { display } from "../../../base/paths.ts";
import { keptErrors } from "../../../files/kept.ts";
import { remove } from "../../../files/rm.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { displacedLines } from "../../render/files/displaced.ts";

export const command = defineCommand({
  arguments: "PATH...",
  output: "deed",
  details: "Stops tracking: removes the pointer, the ignore line and the file.",
  options: {
    keep: flag("leave the file in the work tree"),
    force: flag("also a file whose bytes are in no store; the cache keeps them", "f"),
  },
  run: async ({ operands, keep, force }, session) => remove(await session.repo(), { paths: operands, keep, force }),
  text: ({ removed, kept, displaced, left }) =>
    [
      ...removed.map((path) => `${kept || left.includes(path) ? "no longer tracked" : "removed"}: '${display(path)}'`),
      ...displacedLines("removed", displaced),
    ].join("\n"),
  failures: ({ left }) => keptErrors({ kept: left }),
});
