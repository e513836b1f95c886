/** What the commit of a version says. */
import type { Package } from "../../values/package.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf, readVersion, versionRefs } from "../../registry/versions.ts";
import { summarise, type Summary, summaryTexts } from "../../registry/summary.ts";

/** Scores, and what changed since the version that it came from, where that can be read. */
export async function summaryOf(repo: Repo, pack: Package): Promise<Summary> {
  const ref =
    pack.from === null
      ? undefined
      : versionRefs(await repo.git.refs(), pack.model).find((each) => each.version === pack.from);
  const reading = ref && (await readVersion(repo.git, ref));
  return summarise(pack, reading?.kind === "version" ? reading.version.pack : null);
}

/** Subject: the version and the author's text; then scores and changes. */
export async function commitMessage(repo: Repo, pack: Package): Promise<string> {
  const [subject = "", ...more] = pack.message.split("\n");
  const { scores, changed } = summaryTexts(await summaryOf(repo, pack));
  const body = [more.join("\n").trim(), scores, changed].filter((each) => each !== "");
  return `${[`${nameOf(pack)}${subject === "" ? "" : `: ${subject}`}`, ...body].join("\n\n")}\n`;
}
