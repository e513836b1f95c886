/** `mvgit fetch [PATH...]` */
import { fetch as operation } from "../../../files/fetch.ts";
import { defineCommand } from "../../command.ts";
import { flag, jobs, remote } from "../../options.ts";
import { unhadErrors } from "../../../transfer/unhad.ts";
import { fetchText } from "../../render/files/fetch.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: "Copies what the pointers need from a remote into the cache; the work tree stays as it is.",
  options: { remote, all: flag("what any ref needs"), jobs },
  async run({ operands, remote: name, all, jobs: many }, session) {
    return operation(await session.repo(), {
      paths: operands,
      all,
      jobs: many,
      ...(name === undefined ? {} : { remote: name }),
    });
  },
  text: fetchText,
  failures: (report) => unhadErrors("fetch", report.lacking, report.remote),
});
