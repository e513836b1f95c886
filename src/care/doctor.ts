/** `mvgit doctor`: what this machine, this clone and its remote have, each with ok or what to do. */
import * as fs from "node:fs";
import { join } from "node:path";
import { andMore } from "../base/counts.ts";
import { showAddress } from "../base/address.ts";
import { isMvgitError, whySystem } from "../base/errors.ts";
import { cloneFile, copyFile, discard, linkNew, makeFolder, makeLink, writeNewFile } from "../base/disk.ts";
import { uniqueName } from "../base/clock.ts";
import { hashEngine } from "../hashing/hasher.ts";
import { display } from "../base/paths.ts";
import type { Repo } from "../repo/repo.ts";
import { spoiledPointers } from "../repo/spoiled-pointers.ts";
import { openBucket } from "../store/drivers.ts";
import { FOLDERS } from "../store/remote/place.ts";
import { followTags } from "./follow-tags.ts";
import { hooksStatus, type Program } from "./hooks.ts";

export interface DoctorLine {
  what: string;
  value: string;
  ok: boolean;
  /** What to do, where it is not ok. */
  advice?: string;
}

/** Never throws for what it finds; with `remote`, it asks the default remote too. */
export async function doctor(
  repo: Repo,
  request: { remote: boolean; program: Program; versions: Record<string, string> },
): Promise<{ lines: DoctorLine[] }> {
  const lines: DoctorLine[] = Object.entries(request.versions).map(([what, value]) => ({ what, value, ok: true }));
  lines.push({
    what: "git",
    value: (await repo.git.run(["version"])).stdout.toString("utf8").trim().replace("git version ", ""),
    ok: true,
  });
  lines.push(
    hashing(),
    cache(repo),
    link(repo),
    await drivers(repo),
    await tags(repo),
    await pointers(repo),
    ...(await hooks(repo, request.program)),
    ...settings(repo),
  );
  if (request.remote) lines.push(...(await remote(repo)));
  return { lines };
}

function hashing(): DoctorLine {
  const engine = hashEngine();
  return {
    what: "hashing",
    value: engine === "native" ? "BLAKE3, native" : "BLAKE3, WebAssembly (about seven times slower)",
    ok: true,
  };
}

function cache(repo: Repo): DoctorLine {
  const { folder } = repo.cache;
  try {
    makeFolder(folder);
    const { closed, unshared } = repo.cache.probe();
    const [first] = [...closed, ...unshared];
    if (first !== undefined)
      return {
        what: "cache",
        value: `${folder}: ${closed.length > 0 ? "you" : "others who share it"} cannot write in '${first || folder}'`,
        ok: false,
        advice: `let its owner run 'chmod -R g+ws ${folder}', or set 'mvgit.cacheDir'`,
      };
    const { bavail, bsize } = fs.statfsSync(folder);
    return { what: "cache", value: `${folder}, ${Math.floor((bavail * bsize) / 2 ** 30)} GiB free`, ok: true };
  } catch (error) {
    return {
      what: "cache",
      value: `${folder}: ${whySystem(error)}`,
      ok: false,
      advice: "make the folder writable, or set 'mvgit.cacheDir'",
    };
  }
}

/** Tries with a real file, since only that tells. */
function link(repo: Repo): DoctorLine {
  const from = join(repo.cache.folder, `probe-${uniqueName()}`);
  const to = join(repo.top, `.mvgit-probe-${uniqueName()}`);
  const ways = {
    reflink: () => cloneFile(from, to),
    copy: () => copyFile(from, to),
    hardlink: () => linkNew(from, to),
    symlink: () => makeLink(to, from),
  };
  try {
    writeNewFile(from, "probe");
    for (const way of repo.settings.link) {
      try {
        ways[way]();
        return { what: "files come by", value: `${way} (mvgit.link is ${repo.settings.link.join(", ")})`, ok: true };
      } catch {
        discard(to);
      }
    }
    return { what: "files come by", value: "copy", ok: true };
  } catch (error) {
    return {
      what: "files come by",
      value: whySystem(error),
      ok: false,
      advice: "make the work tree and the cache writable",
    };
  } finally {
    discard(from);
    discard(to);
  }
}

async function drivers(repo: Repo): Promise<DoctorLine> {
  const keys = new Set((await repo.git.config()).map((entry) => entry.key));
  const ok = keys.has("merge.mvgit.driver") && keys.has("merge.mvgit-ignore.driver") && keys.has("diff.mvgit.textconv");
  return {
    what: "merge and diff",
    value: ok ? "configured" : "not configured in this clone",
    ok,
    ...(ok ? {} : { advice: "run 'mvgit init'" }),
  };
}

async function tags(repo: Repo): Promise<DoctorLine> {
  const { value, by } = await followTags(repo);
  const what = "versions' tags";
  if (value)
    return { what, value: `'git push' takes them along (push.followTags, set by ${by ?? "nobody"})`, ok: true };
  if (by === "you")
    return { what, value: "'git push --follow-tags' takes them along (you set push.followTags to false)", ok: true };
  return {
    what,
    value: "'git push' leaves them here",
    ok: false,
    advice: "run 'mvgit init', which sets push.followTags for this clone",
  };
}

async function pointers(repo: Repo): Promise<DoctorLine> {
  const spoiled = await spoiledPointers(repo);
  const [first] = spoiled;
  if (first === undefined) return { what: "pointers", value: "as they were committed", ok: true };
  const others = andMore(spoiled.length - 1);
  return {
    what: "pointers",
    ok: false,
    value: `Git's attributes change '${display(first)}'${others} (eol, filter, ident or encoding)`,
    advice:
      "run 'mvgit init', which adds a line with the last word; where '.git/info/attributes' says so, take its line out",
  };
}

async function hooks(repo: Repo, program: Program): Promise<DoctorLine[]> {
  const { hooks: states, refusal, advice } = await hooksStatus(repo, program);
  return states.map(({ name, state, manager }) => {
    const ok = state === "runs" || state === "called";
    const value = manager === null ? state : `${state} (${manager})`;
    return {
      what: `hook ${name}`,
      value,
      ok,
      ...(ok ? {} : { advice: [...(refusal ? [refusal] : []), advice].join("; ") }),
    };
  });
}

function settings(repo: Repo): DoctorLine[] {
  return repo.settings.untrusted.map(({ key, value }) => ({
    what: key,
    value: `${showAddress(value)} (committed, not in force)`,
    ok: false,
    advice: "run 'mvgit trust' if you know the place",
  }));
}

async function remote(repo: Repo): Promise<DoctorLine[]> {
  const name = repo.settings.defaultRemote;
  const found = name === null ? undefined : repo.settings.remotes.get(name);
  if (name === null || found === undefined)
    return [{ what: "remote", value: "none", ok: false, advice: "run 'mvgit remote add store URL'" }];
  const lines: DoctorLine[] = [{ what: `remote ${name}`, value: showAddress(found.url), ok: true }];
  try {
    const bucket = await openBucket(found, { env: repo.env, watch: repo.watch });
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
    const known = checks.every((each) => each.ok) ? await (await repo.remote(name)).place.recognise() : null;
    if (known !== null)
      lines.push({
        what: "an mvgit remote",
        value: known ? "yes" : "empty so far; the first push makes it one",
        ok: true,
      });
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    lines.push({
      what: `remote ${name}`,
      value: error.message,
      ok: false,
      ...(error.hint === undefined ? {} : { advice: error.hint }),
    });
  }
  return lines;
}
