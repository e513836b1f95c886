/**
 * Loaded before a program (`--import`): writes which modules it loads, one path a line, into the file that
 * MVGIT_TEST_LOADED names; those of its threads and child processes too.
 */
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { env } from "node:process";
import { pathToFileURL } from "node:url";

const file = env["MVGIT_TEST_LOADED"];
const hooks = `
  import { appendFileSync } from "node:fs";
  import { fileURLToPath } from "node:url";
  export async function load(url, context, next) {
    if (url.startsWith("file:")) appendFileSync(${JSON.stringify(file)}, fileURLToPath(url) + "\\n");
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, pathToFileURL("./"));
// What such a module requires in turn, no hook is told of.
const { cache } = createRequire(import.meta.url);
process.on("exit", () =>
  appendFileSync(
    file,
    Object.keys(cache)
      .map((path) => `${path}\n`)
      .join(""),
  ),
);
