/**
 * `mvgit get`: the files of a version from a repository's address, without a clone. Nothing that the repository holds
 * is executed.
 */
import { join, resolve } from "node:path";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import type { Watch } from "../base/watch.ts";
import { parseAddress } from "../git/remote/address.ts";
import { openRemoteReader, type RemoteReader } from "../git/remote/remote-reader.ts";
import type { RemoteOptions } from "../git/remote/transport.ts";
import { Cache } from "../store/cache/cache.ts";
import type { Remotes } from "../transfer/remotes.ts";
import { deliver, type Delivered, notTakenBack } from "./deliver/deliver.ts";
import { noteLeft } from "./export.ts";
import { DeliveryFolder } from "./deliver/release-folder.ts";
import { partsOf } from "./deliver/parts.ts";
import { aboutOf, parseWhat, resolveWhat, sightOf, warnOfRemarks, type What } from "./deliver/what.ts";
import { enforceElsewhere } from "./get/enforce.ts";
import { openStores } from "./get/store.ts";

export interface GetRequest {
  /** Of the Git repository. */
  repository: string;
  /** `LABEL` or a revision of Git, with `:PATH` for a part of it. */
  what: string;
  /** As typed; from the current folder. */
  dir: string;
  /** `weights`, `data`, or paths; empty for all. */
  only: readonly string[];
  /** Where the bytes are; absent: what the environment and the settings say. */
  remote?: string | undefined;
  force: boolean;
  /** Take what the label means now although the folder has seen something that is not there any more. */
  acceptOlder?: boolean | undefined;
  /** Plain `http://` beyond loopback. */
  insecure: boolean;
  jobs?: number | undefined;
}

/** What it is done with. */
export interface GetContext {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
  /** Asked when the Git host wants to know who it is; absent: `MVGIT_GIT_TOKEN`, and the user's Git. */
  credentials?: RemoteOptions["credentials"];
}

/**
 * Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`, `not-tracked`, `local-changes`, and what
 * the host and the store throw.
 */
export async function get(request: GetRequest, context: GetContext): Promise<Delivered> {
  const asked = parseWhat(request.what, request.only);
  // Before anything is asked of the network.
  DeliveryFolder.open(resolve(context.cwd, request.dir), request);
  const reader = await openHost(request, context);
  try {
    return await getFrom(reader, asked, { request, context });
  } finally {
    reader.close();
  }
}

/** Opens the repository at its address. */
export function openHost(
  { repository, insecure }: GetRequest,
  { cwd, env, watch: { signal, clock }, credentials }: GetContext,
): Promise<RemoteReader> {
  return openRemoteReader(repository, { cwd, env, signal, clock, insecure, ...(credentials && { credentials }) });
}

/** As `get`, of a repository that is open. */
export async function getFrom(
  reader: RemoteReader,
  asked: What,
  { request, context }: { request: GetRequest; context: GetContext },
): Promise<Delivered> {
  const { cwd, watch } = context;
  const { shown } = parseAddress(request.repository, { cwd, insecure: request.insecure });
  const dir = resolve(cwd, request.dir);
  const onEvents = notTakenBack(DeliveryFolder.open(dir, request), request, shown);
  const found = await resolveWhat(reader, asked, { elsewhere: true, onEvents }).catch((error: unknown) => {
    throw isMvgitError(error, "label-unknown") ? notThere(error, asked, shown) : error;
  });
  if (asked.label?.kind === "stage" && found.resolved)
    await enforceElsewhere(
      { reader, head: await reader.head(), refs: (prefixes) => reader.refs(prefixes) },
      asked.label,
      found.resolved,
      context,
    );
  warnOfRemarks(watch, found.resolved);
  const { parts, left } = await partsOf(reader, { ...found, only: asked.only });
  noteLeft(watch, left);
  let remotes: Promise<Remotes> | null = null;
  return deliver({
    ...request,
    dir,
    reader,
    parts,
    sight: sightOf(asked, found),
    about: aboutOf(asked, found, shown),
    watch,
    stores: (state) => ({
      cache: new Cache(join(state), { durable: false }),
      links: ["hardlink", "copy"],
      isOwn: true,
      remotes: () => (remotes ??= openStores(reader, found.commit, { ...context, remote: request.remote })),
    }),
  });
}

/** What helps in a clone does not help here. */
function notThere(error: MvgitError, { label }: What, shown: string): MvgitError {
  return new MvgitError("label-unknown", `${error.message} (in '${shown}')`, {
    ...(error.subject === undefined ? {} : { subject: error.subject }),
    cause: error,
    hint:
      label === null
        ? (error.hint ?? "")
        : prose`check the name; 'mvgit log' and 'mvgit stages' in a clone list what there is, and
          'git push --tags' brings there what is missing`,
  });
}
