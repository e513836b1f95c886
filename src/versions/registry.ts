/**
 * Registries as people open them: of a clone, of a folder without the git program or a work tree, of an address. What
 * only some reads need is loaded when they do: `mvgit log` starts sooner.
 */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { isMvgitError, type MvgitError } from "../base/errors.ts";
import type { Watch } from "../base/watch.ts";
import type { RemoteReader } from "../git/remote/remote-reader.ts";
import type { GitReader, Oid } from "../git/reader.ts";
import type { RemoteOptions } from "../git/remote/transport.ts";
import { hasGit } from "../git/run.ts";
import { cacheAccess } from "../registry/content.ts";
import { stageName } from "../registry/chain.ts";
import type { Loader, Means, Refs, Verified } from "../registry/look.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import { policyScores } from "../values/policy.ts";
import { Registry } from "../registry/registry.ts";
import { verified } from "../registry/verified-loader.ts";
import type { Repo } from "../repo/repo.ts";
import type { Host } from "./get/enforce.ts";
import { committedSettings } from "../repo/settings.ts";
import { verifiedIn } from "../repo/verified.ts";
import type { Remote } from "../store/remote/remote.ts";

/** Of a clone: with its cache and remote, what it saw of stages, its policies, and the files of its disk. */
export function registryOf(repo: Repo): Registry {
  let known: Verified | null = null;
  return new Registry(repo.git, {
    loader: loaderOf(repo),
    memory: async () => (await import("./stage/seen.ts")).memoryOf(repo),
    verified: () => (known ??= verifiedIn(repo.git.place)),
    policyScores: async () => policyScores([...(await repo.git.config()), ...(await committedSettings(repo.git))]),
    enforce: async (label, { refs }) => (await judging()).enforceHere(repo, label, refs),
    refused: async ({ refs }, stages) => {
      const { refusedHere } = await judging();
      return refusedHere(repo, refs, stages).then(messages, (error: unknown) => {
        // Nobody knows what they say: nothing is delivered either.
        if (isMvgitError(error, "setting-invalid"))
          return new Map(stages.map((each) => [stageName(each), error.message]));
        throw error;
      });
    },
    finders: async () => (await import("./explain/on-disk.ts")).findersOn({ cwd: repo.cwd, repo }),
    warn: (text) => repo.watch.warn(text),
  });
}

/** Bytes from the clone's cache, else from its default remote, which is opened when it is first asked. */
export function loaderOf(repo: Repo): Loader {
  let load: LoadBlob | null = null;
  return {
    async manifest(hash, cap) {
      const { manifestLoader } = await import("../repo/needs.ts");
      return (load ??= manifestLoader(repo.cache, () => repo.remotes()))(hash, cap);
    },
    async *read(blob) {
      const store = repo.cache.has(blob) ? repo.cache : await repo.remotes();
      yield* store.read(blob.hash);
    },
    open: async (blob) => (repo.cache.has(blob) ? cacheAccess(repo.cache, blob) : null),
  };
}

export interface Around {
  /** Absolute; what relative paths count from. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
}

/**
 * Of the clone that `open` opens; else, where there is no git program or no work tree, of what Git's files around `cwd`
 * say. Throws what `open` throws where nothing can be read.
 */
export async function registryAround(open: () => Promise<Repo>, around: Around): Promise<Registry> {
  const { cwd, env, watch } = around;
  if (!hasGit(env)) {
    const registry = await here(cwd, { ...around, loader: null });
    watch.note(
      "there is no git program: what this clone's store holds and what it saw of stages before was not looked at",
    );
    return registry;
  }
  try {
    return registryOf(await open());
  } catch (error) {
    if (!isMvgitError(error, "not-a-repository")) throw error;
    return here(cwd, { ...around, loader: null }).catch(() => Promise.reject(error));
  }
}

/** The clone that `open` opens; null where there is no work tree to be used, or no git program. Else throws as it. */
export async function cloneAround(open: () => Promise<Repo>, env: Around["env"]): Promise<Repo | null> {
  if (!hasGit(env)) return null;
  return open().catch((error: unknown) => {
    if (isMvgitError(error, "not-a-repository")) return null;
    throw error;
  });
}

export interface OpenContext extends Around {
  /** Null: nothing that needs bytes is looked at. */
  loader: Loader | null;
  /** Lets plain `http://` be used beyond loopback. */
  insecure?: boolean;
  /** Asked when the Git host wants to know who it is; absent: `MVGIT_GIT_TOKEN`, and the user's Git. */
  credentials?: RemoteOptions["credentials"];
}

/**
 * Opens a folder in or above which a repository is, bare or not, or else the address of one. A folder needs no git
 * program. Policies that readers are to enforce are those of the default branch and of the user, as for `get`. Throws
 * `not-a-repository`, `not-supported`, and what `openRemoteReader` throws.
 */
export async function openRegistry(where: string, context: OpenContext): Promise<Registry> {
  const folder = resolve(context.cwd, where);
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? here(folder, context)
    : elsewhere(where, context);
}

async function here(folder: string, context: OpenContext): Promise<Registry> {
  return new Registry(await hereReader(folder, context), meansOf(context));
}

/** Reads a folder, or what is around it. */
export async function hereReader(folder: string, { env, watch }: Around): Promise<GitReader> {
  const { openReader } = await import("../git/open-reader.ts");
  return openReader(folder, env, watch.signal);
}

async function elsewhere(address: string, context: OpenContext): Promise<Registry> {
  return new Registry(await farReader(address, context), meansOf(context));
}

/** Reads the repository at an address. */
export async function farReader(address: string, context: Omit<OpenContext, "loader">): Promise<RemoteReader> {
  const { cwd, env, watch, insecure = false, credentials } = context;
  const { openRemoteReader } = await import("../git/remote/remote-reader.ts");
  const options = { cwd, env, signal: watch.signal, clock: watch.clock, insecure, ...(credentials && { credentials }) };
  return openRemoteReader(address, options);
}

/** What whoever reads without a clone gives and demands. */
export function meansOf({ cwd, env, watch, loader }: OpenContext): Partial<Means> {
  return {
    loader: loader && verified(loader),
    enforce: async (label, { git, refs }, found) => {
      const { enforceElsewhere } = await judgingElsewhere();
      await enforceElsewhere(await hostOf({ git, refs }), label, found, { cwd, env, watch });
    },
    refused: async ({ git, refs }, stages) => {
      const { refusedElsewhere } = await judgingElsewhere();
      return refusedElsewhere(await hostOf({ git, refs }), { refs, stages }, { cwd, env, watch });
    },
    finders: async () => (await import("./explain/on-disk.ts")).findersOn({ cwd, repo: null }),
    warn: (text) => watch.warn(text),
  };
}

function judging(): Promise<typeof import("./stage/judge.ts")> {
  return import("./stage/judge.ts");
}

function judgingElsewhere(): Promise<typeof import("./get/enforce.ts")> {
  return import("./get/enforce.ts");
}

async function hostOf({ git, refs }: Refs): Promise<Host> {
  return {
    reader: git,
    head: await headOf(git),
    refs: async (prefixes) => refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix))),
  };
}

function messages(errors: ReadonlyMap<string, MvgitError>): Map<string, string> {
  return new Map([...errors].map(([name, { message }]) => [name, message]));
}

/** The commit of the default branch. */
export function headOf(reader: GitReader): Promise<Oid | null> {
  return "head" in reader ? (reader as RemoteReader).head() : reader.resolveCommit("HEAD");
}

/** Bytes from a remote by its address, or from a folder, opened when it is first asked. */
export function loaderAt(address: string, { cwd, env, watch }: Around): Loader {
  let opened: Promise<Remote> | null = null;
  const remote = (): Promise<Remote> =>
    (opened ??= import("./get/store.ts").then(({ openStoreAt }) => openStoreAt(address, { cwd, env, watch })));
  return {
    async manifest(hash, cap) {
      const store = await remote();
      const bytes = await store.readSmall(hash, cap);
      if (bytes === null) throw store.missing(hash);
      return bytes;
    },
    async *read({ hash }) {
      yield* (await remote()).read(hash);
    },
  };
}
