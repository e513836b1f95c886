/** `mvgit fetch [PATH...]` */
import { fetch as operation } from "../../ops/fetch.ts";
import { defineCommand } from "../command.ts";
import { flag, remote } from "../options.ts";
import { fetchText, lackingFailures } from "../render/transfer.ts";

export const fetch = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: "Copies what the pointers need from a remote into the cache; the work tree stays as it is.",
  options: { remote, all: flag("what any ref needs") },
  async run({ operands, remote: name, all }, session) {
    return operation(await session.repo(), { paths: operands, all, ...(name === undefined ? {} : { remote: name }) });
  },
  text: fetchText,
  failures: (report) => lackingFailures("fetch", report.lacking),
});
