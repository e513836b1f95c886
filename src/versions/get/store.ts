/**
 * Where the blobs of a repository that was not cloned are: what the caller says, else what its committed settings name.
 */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Watch } from "../../base/watch.ts";
import { ownConfig } from "../../git/own-config.ts";
import type { GitReader, Oid } from "../../git/reader.ts";
import { readGitConfig } from "../../values/git-config.ts";
import { readSettings, type RemoteSettings, type Setting, type Settings } from "../../values/settings.ts";
import { type Destination, destinationsOf, placeInWords } from "../../repo/destinations.ts";
import { COMMITTED_CONFIG, counting, criticalOf } from "../../repo/settings.ts";
import { ADDRESS_FORMS, openBucket, QUOTED_FORMS, REMOTE_PARTS, typedAddress } from "../../store/drivers.ts";
import { Remote } from "../../store/remote/remote.ts";
import { Remotes } from "../../transfer/remotes.ts";

export interface StoreRequest {
  /**
   * An address, a folder, or the name of a remote in the caller's own settings; absent: `MVGIT_REMOTE`, then the
   * settings.
   */
  remote?: string | undefined;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
}

const CAP = 64 * 1024;

/**
 * The remotes to ask: the one that was named alone, else the default one and then the others. Of the repository's
 * settings only plain buckets count, since a request may carry the caller's credentials. Throws `remote-unknown`,
 * `usage` for an address of no known kind; asked, what the remotes throw.
 */
export async function openStores(reader: GitReader, commit: Oid, request: StoreRequest): Promise<Remotes> {
  const { env, cwd, watch } = request;
  const asked = request.remote ?? env["MVGIT_REMOTE"] ?? "";
  const isAddress = /[/\\:]/.test(asked);
  const chosen = isAddress ? [byAddress(asked, cwd)] : await byName(reader, commit, { ...request, asked });
  return new Remotes(
    chosen.map((each) => ({ name: each.name, address: each.settings.url, open: () => open(each, request) })),
    watch,
  );
}

/** Opens an address, or a folder, and looks whether a remote is there. */
export function openStoreAt(address: string, around: Omit<StoreRequest, "remote">): Promise<Remote> {
  return open(byAddress(address, around.cwd), around);
}

async function open(chosen: Chosen, { env, watch }: Omit<StoreRequest, "remote">): Promise<Remote> {
  const remote = new Remote(chosen.name, await openBucket(chosen.settings, { env, watch }));
  if (await remote.place.recognise()) return remote;
  throw new MvgitError(
    "remote-foreign",
    `there is no mvgit remote at '${showAddress(chosen.settings.url)}': it is empty`,
    {
      subject: showAddress(chosen.settings.url),
      hint: "check the address; 'mvgit push', where the version was made, fills it",
    },
  );
}

interface Chosen {
  name: string;
  settings: RemoteSettings;
}

function byAddress(asked: string, cwd: string): Chosen {
  const url = typedAddress(asked, cwd);
  return { name: display(url), settings: { url } };
}

/**
 * The remote of that name, or for "" the default one and then the others; a folder of that name where there is no such
 * remote.
 */
async function byName(reader: GitReader, commit: Oid, request: StoreRequest & { asked: string }): Promise<Chosen[]> {
  const { asked, cwd } = request;
  const { all, strange } = await settingsOf(reader, commit, request);
  const name = asked || all.defaultRemote;
  const settings = all.remotes.get(name ?? "");
  if (name !== null && settings !== undefined) {
    const others = [...all.remotes].filter(([other]) => asked === "" && other !== name);
    return [[name, settings] as const, ...others].map(([each, its]) => ({ name: each, settings: its }));
  }
  const withheld = strange.find(({ remote }) => name === null || remote === name);
  if (withheld) throw noConsent(withheld);
  if (asked !== "" && fs.existsSync(resolve(cwd, asked))) return [byAddress(asked, cwd)];
  throw unknown(asked, all);
}

/** `strange`: what the repository names that counts only with consent, which nobody can give without a clone. */
async function settingsOf(
  reader: GitReader,
  commit: Oid,
  { env, cwd, watch: { signal } }: StoreRequest,
): Promise<{ all: Settings; strange: Destination[] }> {
  const own = (await ownConfig({ env, cwd, signal })).filter(({ key }) => key.startsWith("mvgit"));
  const { committed } = counting(await committedOf(reader, commit), own);
  const strange = destinationsOf(committed).filter(({ isPlain }) => !isPlain);
  const left = new Set([...criticalOf(committed), ...strange.flatMap(({ entries }) => entries)]);
  const allowed = committed.filter((entry) => !left.has(entry));
  return { all: readSettings([...allowed, ...own], { remoteParts: REMOTE_PARTS }), strange };
}

function noConsent({ remote, mark }: Destination): MvgitError {
  const name = display(remote ?? "");
  const message = prose`the repository's remote '${name}' is at ${placeInWords(mark)}: of what a repository names,
    without a clone only buckets of known clouds count, with no other settings`;
  return new MvgitError("setting-untrusted", message, {
    subject: name,
    hint: prose`if you know the place, give its address with '--remote URL', or set mvgit-remote.${name}.url, and what
      belongs to it, in your own Git configuration`,
  });
}

/** What the committed settings of a commit say. Throws `setting-invalid`. */
export async function committedOf(reader: GitReader, commit: Oid): Promise<Setting[]> {
  const file = await reader.fileAt(commit, COMMITTED_CONFIG);
  if (file?.mode !== "100644" && file?.mode !== "100755") return [];
  const bytes = await reader.blob(file.oid, CAP);
  const entries = bytes && readGitConfig(bytes.toString("utf8"));
  if (entries)
    return entries
      .filter(({ key }) => key.startsWith("mvgit"))
      .map((entry) => ({ ...entry, origin: `'${COMMITTED_CONFIG}'` }));
  throw new MvgitError("setting-invalid", `the repository's '${COMMITTED_CONFIG}' cannot be read as settings`, {
    subject: COMMITTED_CONFIG,
    hint: "name its store with '--remote URL'",
  });
}

function unknown(asked: string, { remotes }: Settings): MvgitError {
  const known = [...remotes.keys()].map((each) => `'${each}'`).join(", ");
  if (asked !== "")
    return new MvgitError("remote-unknown", `no remote is called '${showAddress(asked)}'`, {
      subject: showAddress(asked),
      hint: `name an address, ${QUOTED_FORMS}${known === "" ? "" : `, or one of ${known}`}`,
    });
  const message =
    known === ""
      ? "the repository's committed settings name no bucket"
      : "the repository has several remotes and none is the default";
  return new MvgitError("remote-unknown", message, {
    hint: prose`say where the bytes are with '--remote ${known === "" ? "URL" : "NAME"}', or the variable
        MVGIT_REMOTE; URL is ${ADDRESS_FORMS}`,
  });
}
