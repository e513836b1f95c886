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
  text({ settings, trusted, passedOver }) {
    const out = passedOver.map(
      ({ key, value, why }) => `${display(key)} = ${display(value)}  (does not count: ${why})`,
    );
    if (settings.length === 0) return [...out, "no committed setting needs consent"].join("\n");
    const told = new Set<string>();
    const lines = settings.map(({ key, value, known }) => {
      // Once for all settings of a remote.
      const words = known === undefined || told.has(known) ? "" : `  (${known})`;
      if (known !== undefined) told.add(known);
      return `${display(key)} = ${display(value)}${words}`;
    });
    const end = trusted ? "these settings are in force" : "these settings are not in force; 'mvgit trust' accepts them";
    return [...out, ...lines, end].join("\n");
  },
});
