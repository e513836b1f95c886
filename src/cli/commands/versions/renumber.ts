/** `mvgit renumber MODEL` */
import { display } from "../../../base/paths.ts";
import { renumber as renumberOperation } from "../../../versions/renumber.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";

export const command = defineCommand({
  arguments: "MODEL",
  output: "deed",
  details: `
    For a version that was not pushed, while the host has another one of its number: the younger one gets the
    next number, with package, commit and tag made anew. What was pushed is never touched.
  `,
  options: { host: value("NAME", "this Git remote instead of the branch's own") },
  run: async ({ operands: [model = ""], host }, session) =>
    renumberOperation(await session.repo(), { model, ...(host === undefined ? {} : { host }) }),
  text({ model, renumbered, host }) {
    if (renumbered.length === 0)
      return `nothing to do: no version of '${display(model)}' here has a number that means another one on the host`;
    return renumbered
      .map(({ from, to, onBranch }) => {
        const where = onBranch ? "" : ", on a commit beside the branch that its tag holds";
        return `${from} is now ${to}${where}; push it with 'git push ${host} ${to}'`;
      })
      .join("\n");
  },
});
