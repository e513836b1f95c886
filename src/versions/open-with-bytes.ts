/** Registries with the bytes of versions, for whoever hands files out. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { MvgitError } from "../base/errors.ts";
import type { GitReader } from "../git/reader.ts";
import type { Loader } from "../registry/look.ts";
import { Registry } from "../registry/registry.ts";
import { Repo } from "../repo/repo.ts";
import type { Remotes } from "../transfer/remotes.ts";
import { openStores } from "./get/store.ts";
import { type Around, cloneAround, farReader, headOf, hereReader, meansOf, registryOf } from "./registry.ts";

interface WithBytes extends Around {
  /** Where the bytes are; absent: what the environment and the settings say. */
  remote?: string | undefined;
  /** Plain `http://` beyond loopback. */
  insecure: boolean;
}

/**
 * As `openRegistry`, with the bytes of versions: from the stores of a clone, else from `remote`, or what the settings
 * of the default branch name. `repo`: of a clone.
 */
export async function openWithBytes(
  where: string,
  { remote, ...context }: WithBytes,
): Promise<{ registry: Registry; repo: Repo | null; isFar: boolean }> {
  const { cwd, env, watch } = context;
  const folder = resolve(cwd, where);
  const isFar = fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true;
  if (!isFar && remote === undefined) {
    const repo = await cloneAround(() => Repo.open({ cwd: folder, env, watch }), env);
    if (repo !== null) return { registry: registryOf(repo), repo, isFar };
  }
  const reader = await (isFar ? farReader(where, context) : hereReader(folder, context));
  const loader = loaderNamedBy(reader, { remote, cwd, env, watch });
  return { registry: new Registry(reader, meansOf({ ...context, loader })), repo: null, isFar };
}

/** Bytes from `remote`, else from what the default branch's settings name, opened when it is first asked. */
function loaderNamedBy(reader: GitReader, request: Around & { remote: string | undefined }): Loader {
  let opened: Promise<Remotes> | null = null;
  const remotes = (): Promise<Remotes> => {
    opened ??= openNamed();
    // What could not be opened now may be later.
    opened.catch(() => (opened = null));
    return opened;
  };
  const openNamed = async (): Promise<Remotes> => {
    const head = await headOf(reader);
    if (head === null) throw new MvgitError("remote-unknown", "the repository has no default branch to name a remote");
    return openStores(reader, head, request);
  };
  return {
    async manifest(hash, cap) {
      const store = await remotes();
      const bytes = await store.readSmall(hash, cap);
      if (bytes === null) throw store.missing(hash);
      return bytes;
    },
    async *read({ hash }) {
      yield* (await remotes()).read(hash);
    },
  };
}
