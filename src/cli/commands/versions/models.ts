/** `mvgit models` */
import { defineCommand } from "../../command.ts";
import { modelsText } from "../../render/versions/models.ts";

export const command = defineCommand({
  arguments: "",
  details: `
    Each model with the number of its versions, the newest one, what its stages hold, and its main score over the newest
    50 versions: the first score that a stage's policy goes by, else the one that most versions have.
  `,
  options: {},
  run: async (_, session) => (await session.registry()).models(),
  text: (report, style) => modelsText(report, style),
  exit: ({ models }) => (models.some(({ problems }) => problems.length > 0) ? 24 : 0),
});
