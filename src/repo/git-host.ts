/** The Git host that clones share, and whether this clone has all that the host has. */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { holdsCredentials } from "../base/address.ts";
import { andOthers } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { exactly, placeOf, pushAddress } from "../git/host-address.ts";
import type { GitProgram } from "../git/program.ts";
import type { Oid } from "../git/reader.ts";

export interface GitHost {
  /** Of the remote in Git's configuration. */
  name: string;
  /**
   * The same however it is reached: host and path, without user, scheme and `.git`. Never shown, never stored: it may
   * name a person.
   */
  place: string;
}

/** `origin`, or the only remote; null where there is none, or several and no `origin`. */
export async function gitHost(git: GitProgram): Promise<GitHost | null> {
  const urls = new Map(
    (await git.config()).flatMap(({ key, value }) => {
      const name = /^remote\.([^]+)\.url$/.exec(key)?.[1];
      return name === undefined ? [] : [[name, value] as const];
    }),
  );
  const [only] = urls.size === 1 ? urls.keys() : [];
  const name = urls.has("origin") ? "origin" : only;
  return name === undefined ? null : { name, place: placeOf(urls.get(name) as string, git.place.top) };
}

/**
 * Where others get the repository from, as `mvgit get` takes it: of the Git host, without what signs somebody in; null
 * where there is none.
 */
export async function hostAddress(git: GitProgram): Promise<string | null> {
  const host = await gitHost(git);
  if (host === null) return null;
  // As Git itself understands it: an abbreviation of this machine's settings means nothing to others.
  const { stdout, status } = await git.run(["remote", "get-url", host.name], { answers: [0, 2, 128] });
  const url = stdout.toString("utf8").replace(/\n[^]*$/, "");
  if (status !== 0 || url === "") return null;
  return addressFor(url, git.place.top);
}

/** Of a URL of Git's; one that signs somebody in by its parameters, or oddly, is no address for others. */
export function addressFor(url: string, top: string): string | null {
  const named = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@([^]*)$/i.exec(url);
  const [, scheme = "", user = "", rest = ""] = named ?? [];
  const isShell = /ssh:/i.test(scheme);
  const plain = named === null ? url : `${scheme}${isShell ? `${user.replace(/:[^]*/, "")}@` : ""}${rest}`;
  if (holdsCredentials(plain)) return null;
  const isFolder = !/^[a-z][a-z0-9+.-]*:\/\//i.test(plain) && !/^(?:[^@/:]+@)?[^/:]{2,}:/.test(plain);
  return isFolder ? resolve(top, plain) : plain;
}

/** True for a shallow clone, and for one whose history was cut by grafts. */
export async function isCut(git: GitProgram): Promise<boolean> {
  const { stdout } = await git.run(["rev-parse", "--is-shallow-repository"]);
  return stdout.toString("latin1").trim() === "true" || fs.existsSync(join(git.place.commonDir, "info", "grafts"));
}

/**
 * Makes sure that what anybody may need of this repository can be seen from here, as far as can be told; answers the
 * commits that the host's refs name. `offline`: the caller vouches for it. Throws `check-failed`, and `git-failed` when
 * the host cannot be asked. `intro`: how its message begins.
 */
export async function seeEverything(git: GitProgram, options: { offline: boolean; intro: string }): Promise<Oid[]> {
  const { intro } = options;
  if (await isCut(git))
    throw incomplete(
      intro,
      "its history is cut (shallow clone or grafts)",
      "run 'git fetch --unshallow', or run the command in a whole clone",
    );
  if (options.offline) return [];
  const host = await gitHost(git);
  if (host === null) {
    throw incomplete(
      intro,
      "it has no Git host to compare with",
      prose`name one with 'git remote add origin URL', or vouch with '--offline' that no other clone has
        commits that this one lacks`,
    );
  }
  const refs = await hostRefs(git, host.name, intro);
  const unknown = await git.absent(refs.map(({ oid }) => oid));
  const lacking = refs.find(({ oid }) => unknown.has(oid));
  if (lacking === undefined) return refs.map(({ oid }) => oid);
  const more = andOthers(unknown.size - 1);
  throw incomplete(
    intro,
    `'${display(lacking.name)}' of '${display(host.name)}'${more} is not here`,
    prose`run 'git fetch ${display(host.name)} "refs/heads/*:refs/remotes/${display(host.name)}/*" --tags',
      then the command again`,
  );
}

/**
 * Branches and tags, also of another place that pushes go to; other refs (a host's merge requests) nobody fetches, and
 * they count where this clone has them.
 */
async function hostRefs(git: GitProgram, name: string, intro: string): Promise<{ oid: Oid; name: string }[]> {
  const pushed = await pushAddress(git, name);
  const answers = [await askHost(git, { name, address: name, intro })];
  if (pushed !== null) answers.push(await askHost(git, { name, address: pushed, intro }));
  return answers
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [oid = "", ref = ""] = line.split("\t");
      return { oid: oid as Oid, name: ref };
    });
}

async function askHost(
  git: GitProgram,
  { name, address, intro }: { name: string; address: string; intro: string },
): Promise<string> {
  const args = ["ls-remote", "--quiet", "--refs", "--heads", "--tags", "--", address];
  const env = address === name ? git.env : exactly(git.env, address);
  try {
    return (await git.run(args, { env })).stdout.toString("utf8");
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    // Git's own words hold the address, and an address may hold a password.
    throw new MvgitError(
      "git-failed",
      `${intro}: Git cannot ask its host '${display(name)}' which branches and tags there are`,
      {
        subject: display(name),
        hint: prose`see what 'git ls-remote ${display(name)}' says; or vouch with '--offline' that no other clone
            has commits that this one lacks`,
      },
    );
  }
}

function incomplete(intro: string, why: string, hint: string): MvgitError {
  return new MvgitError(
    "check-failed",
    `${intro}: what this repository needs cannot all be seen from this clone: ${why}`,
    { hint },
  );
}
