/** `mvgit trust` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { trust as decide } from "../../../care/trust.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";

export const command = defineCommand({
  details: `
    Accepts the committed settings that name places of your machine or network. Any change of them needs your
    consent anew.
  `,
  options: { list: flag("only show them"), revoke: flag("take the consent back") },
  async run({ list, revoke }, session) {
    if (list && revoke) throw new MvgitError("usage", "'--list' and '--revoke' exclude each other");
    const what = revoke ? "revoke" : "accept";
    return decide(await session.repo(), list ? "list" : what);
  },
  text({ settings, trusted }) {
    if (settings.length === 0) return "no committed setting needs consent";
    const lines = settings.map(
      ({ key, value, known }) => `${display(key)} = ${display(value)}${known === undefined ? "" : `  (${known})`}`,
    );
    return [
      ...lines,
      trusted ? "these settings are in force" : "these settings are not in force; 'mvgit trust' accepts them",
    ].join("\n");
  },
});
