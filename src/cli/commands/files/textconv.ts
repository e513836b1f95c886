/** `mvgit textconv FILE`: what Git calls to show pointers in a diff. */
import { resolve } from "node:path";
import { textOf } from "../../../files/textconv.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "FILE",
  output: "bytes",
  details: "What Git calls to show a pointer in a diff; 'mvgit init' configures it.",
  options: {},
  async run({ operands: [file = ""] }, session) {
    for await (const text of textOf(await session.repo(), resolve(session.cwd, file))) {
      if (!(await session.write(Buffer.from(text)))) break;
    }
    return {};
  },
  text: () => "",
});
