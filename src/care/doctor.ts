/** `mvgit doctor`: what this machine, this clone and its remote have, each with ok or what to do. */
import * as fs from "node:fs";
import { join } from "node:path";
import { andMore } from "../base/counts.ts";
import { showAddress } from "../base/address.ts";
import { whySystem } from "../base/system-errors.ts";
import { cloneFile, copyFile, discard, linkNew, makeFolder, makeLink, writeNewFile } from "../base/disk.ts";
import { uniqueName } from "../base/clock.ts";
import { hashEngine } from "../hashing/hasher.ts";
import { display } from "../base/paths.ts";
import type { Repo } from "../repo/repo.ts";
import { spoiledPointers } from "../repo/spoiled-pointers.ts";
import type { DoctorLine } from "./doctor/line.ts";
import { remoteLines } from "./doctor/remotes.ts";
import { followTags } from "./follow-tags.ts";
import { driversState, type Program } from "./drivers.ts";
import { hooksStatus } from "./hooks.ts";

export type { DoctorLine } from "./doctor/line.ts";

/**
 * Never throws for what it finds. `remote`: null asks none, "" the default one, `all` each. Throws `remote-unknown`.
 */
export async function doctor(
  repo: Repo,
  request: { remote: string | null; program: Program; versions: Record<string, string> },
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
    await drivers(repo, request.program),
    await tags(repo),
    await pointers(repo),
    ...(await hooks(repo, request.program)),
    ...settings(repo),
  );
  if (request.remote !== null) lines.push(...(await remoteLines(repo, request.remote)));
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

async function drivers(repo: Repo, program: Program): Promise<DoctorLine> {
  const what = "merge and diff";
  const state = await driversState(repo, program);
  if (state === "this") return { what, value: "configured", ok: true };
  const value = state === "missing" ? "not configured in this clone" : "Git calls another mvgit, or an older one";
  return { what, value, ok: false, advice: "run 'mvgit init'" };
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
  const { untrusted, passedOver } = repo.settings;
  return [
    ...untrusted.map(({ key, value }) => ({
      what: key,
      value: `${showAddress(value)} (committed, not in force)`,
      ok: false,
      advice: "run 'mvgit trust' if you know the place",
    })),
    ...passedOver.map(({ key, value, why }) => ({
      what: key,
      value: `${showAddress(value)} (committed, does not count: ${why})`,
      ok: true,
    })),
  ];
}
