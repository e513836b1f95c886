/** `mvgit mv FROM TO` */
import { display } from "../../../base/paths.ts";
import { move } from "../../../files/mv.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "FROM TO",
  output: "deed",
  details: "Moves the file, its pointer and its ignore line.",
  options: {},
  run: async ({ operands: [from = "", to = ""] }, session) => move(await session.repo(), from, to),
  text: ({ from, to }) => `moved '${display(from)}' to '${display(to)}'`,
});
