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
import { isAllowedInRepository } from "../../repo/allowed-settings.ts";
import { COMMITTED_CONFIG } from "../../repo/settings.ts";
import { ADDRESS_FORMS, openBucket, QUOTED_FORMS, REMOTE_PARTS, typedAddress } from "../../store/drivers.ts";
import { Remote } from "../../store/remote/remote.ts";

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
 * Opens the remote and looks whether it is one. Of the repository's settings only plain buckets count, since a request
 * may carry the caller's credentials. Throws `remote-unknown`, `usage` for an address of no known kind, and what the
 * remote throws.
 */
export async function openStore(reader: GitReader, commit: Oid, request: StoreRequest): Promise<Remote> {
  const { env, cwd } = request;
  const asked = request.remote ?? env["MVGIT_REMOTE"] ?? "";
  const isAddress = /[/\\:]/.test(asked);
  return open(isAddress ? byAddress(asked, cwd) : await byName(reader, commit, { ...request, asked }), request);
}

/** As `openStore`, of an address: `gs://…` or a folder. */
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

/** The remote of that name, or the default one for ""; a folder of that name where there is no such remote. */
async function byName(reader: GitReader, commit: Oid, request: StoreRequest & { asked: string }): Promise<Chosen> {
  const { asked, cwd } = request;
  const all = await settingsOf(reader, commit, request);
  const name = asked || all.defaultRemote;
  const settings = all.remotes.get(name ?? "");
  if (name !== null && settings !== undefined) return { name, settings };
  if (asked !== "" && fs.existsSync(resolve(cwd, asked))) return byAddress(asked, cwd);
  throw unknown(asked, all);
}

async function settingsOf(
  reader: GitReader,
  commit: Oid,
  { env, cwd, watch: { signal, note } }: StoreRequest,
): Promise<Settings> {
  const own = (await ownConfig({ env, cwd, signal })).filter(({ key }) => key.startsWith("mvgit"));
  const committed = await committedOf(reader, commit);
  const allowed = committed.filter(isAllowedInRepository);
  const untrusted = committed.filter((entry) => entry.key.startsWith("mvgit-remote.") && !allowed.includes(entry));
  if (untrusted.length > 0)
    note(
      prose`of the repository's settings '${display(untrusted[0]?.key ?? "")}' does not count: it may name
        plain buckets only`,
    );
  return { ...readSettings([...allowed, ...own], { remoteParts: REMOTE_PARTS }), untrusted };
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
