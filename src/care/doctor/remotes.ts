/** What `mvgit doctor --remote` finds out about remotes: where they are, who asks there, and what is not permitted. */
import { showAddress } from "../../base/address.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { Repo } from "../../repo/repo.ts";
import { openBucket } from "../../store/drivers.ts";
import { FOLDERS } from "../../store/remote/place.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { RemoteSettings } from "../../values/settings.ts";
import type { DoctorLine } from "./line.ts";

/** `asked`: "" for the default remote, `all` for each, or a name. Throws `remote-unknown`. */
export async function remoteLines(repo: Repo, asked: string): Promise<DoctorLine[]> {
  const { remotes, defaultRemote, untrusted } = repo.settings;
  const isAll = asked === "all" && !remotes.has("all");
  const name = asked === "" ? defaultRemote : asked;
  const chosen = isAll ? [...remotes] : [...remotes].filter(([each]) => each === name);
  if (chosen.length > 0) return (await eachOf(chosen, (each) => linesOf(repo, each))).flat();
  const withheld = untrusted.some(({ key }) => key.startsWith("mvgit-remote.") || key === "mvgit.remote");
  // Its error says which remotes there are.
  if (asked !== "" && !isAll && !withheld) await repo.remote(asked);
  if (withheld) return [WITHHELD];
  return [remotes.size > 0 ? UNDECIDED : NONE];
}

const NONE = { what: "remote", value: "none", ok: false, advice: "run 'mvgit remote add store URL'" };
const UNDECIDED = {
  what: "remote",
  value: "several, and none is the default",
  ok: false,
  advice: "run 'mvgit remote default NAME', or ask 'mvgit doctor --remote=all'",
};
const WITHHELD = {
  what: "remote",
  value: "none is in force; what '.mvgit/config' names needs your consent",
  ok: false,
  advice: "look at it with 'mvgit trust --list', and accept it with 'mvgit trust' if you know the place",
};

/** One after the other: each may ask a person's agent or browser to sign in. */
async function eachOf<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const each of all) results.push(await work(each));
  return results;
}

async function linesOf(repo: Repo, [name, settings]: readonly [string, RemoteSettings]): Promise<DoctorLine[]> {
  const { url, options = {} } = settings;
  const parts = Object.entries(options).map(([part, value]) => `, ${part} ${showAddress(value)}`);
  const lines: DoctorLine[] = [{ what: `remote ${name}`, value: showAddress(url) + parts.join(""), ok: true }];
  try {
    const bucket = await openBucket(settings, { env: repo.env, watch: repo.watch });
    const { identity, checks } = await bucket.inspect(FOLDERS);
    lines.push({ what: "identity", value: identity, ok: true });
    lines.push(
      ...checks.map(({ what, ok, advice }) => ({
        what,
        value: ok ? "yes" : "no",
        ok,
        ...(advice === undefined || ok ? {} : { advice }),
      })),
    );
    if (checks.every((each) => each.ok)) lines.push(...(await placeLines(await repo.remote(name))));
  } catch (error) {
    if (!isMvgitError(error) || error.code === "interrupted") throw error;
    const advice = error.hint === undefined ? {} : { advice: error.hint };
    lines.push({ what: `remote ${name}`, value: error.message, ok: false, ...advice });
  }
  return lines.map((line) => ({ ...line, remote: name }));
}

async function placeLines({ place }: Remote): Promise<DoctorLine[]> {
  const value = (await place.recognise()) ? "yes" : "empty so far; the first push makes it one";
  const found = { what: "an mvgit remote", value, ok: true };
  return place.isReadOnly ? [found, { what: "may be written", value: "no, it can only be read", ok: true }] : [found];
}
