/** An object of a bucket as a draft. */
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";
import type { RemoteSettings } from "../../values/settings.ts";
import type { Repo } from "../../repo/repo.ts";
import { objectAt, openBucket } from "../../store/drivers.ts";
import { dropDraft, makeDraft, type Taken } from "./draft.ts";

/** Throws `object-missing`, `changed-while-reading`, and what the bucket throws. */
export async function takeObject(repo: Repo, { url, name }: { url: string; name: string }): Promise<Taken> {
  const { driver, object } = objectAt(url);
  const source = await openBucket(settingsFor(repo, object.container), { env: repo.env, watch: repo.watch });
  const found = await source.head(object.name);
  if (found === null)
    throw new MvgitError("object-missing", `there is no '${showAddress(url)}'`, {
      subject: showAddress(url),
      hint: "nothing was frozen; check the address",
    });
  const task = repo.watch.progress.task(`freezing ${name}`, { bytes: found.size });
  try {
    const bytes = source.get(object.name, found.size === 0 ? undefined : { start: 0, end: found.size });
    const draft = await makeDraft(repo, bytes, (count) => task.advance(count));
    // One reading is of one generation; with the same one before and after, it is the one that is recorded.
    if ((await source.head(object.name))?.version === found.version)
      return { draft, facts: new Map([[driver.version, found.version]]) };
    dropDraft(draft);
  } finally {
    task.done();
  }
  throw new MvgitError(
    "changed-while-reading",
    `'${showAddress(url)}' was replaced while it was read: '${name}' was not frozen`,
    { subject: showAddress(url), hint: "run the command again" },
  );
}

/** As a remote in the same bucket is reached, where there is one. */
function settingsFor(repo: Repo, container: string): RemoteSettings {
  const known = [...repo.settings.remotes.values()].find(
    ({ url }) => url === container || url.startsWith(`${container}/`),
  );
  return { ...known, url: container };
}
