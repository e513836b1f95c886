/** Artifacts of runs and models, as a tracking server lists them. */
import { MvgitError } from "../../base/errors.ts";
import { pathProblem } from "../../base/paths.ts";
import { integer, items, part, text } from "../../mlflow/answers.ts";
import { FolderNames } from "../../mlflow/names.ts";
import type { RestClient } from "./rest-client.ts";
import type { SourceFiles, SourceRun, SourceVersion } from "./source.ts";

/** Levels of folders. */
const DEEPEST = 64;

/**
 * Lists artifacts that are files of this machine, which the server must not be asked for; false for what it may be
 * asked for.
 */
export type TakeLocal = (result: SourceFiles, artifacts: { uri: string; to: string }) => boolean;

/** Where a folder of artifacts is listed and read. */
interface Listing {
  /** The folder of the version that they go into. */
  to: string;
  /** As MLflow wrote it down. */
  uri: string;
  /** Endpoint and query that list a path. */
  list(path: string): [string, Record<string, string>];
  /** The address of a file. */
  file(path: string): string;
}

/** All files of a run, of its logged models and of a registered version's model; what cannot be listed is missing. */
export async function listFiles(
  client: RestClient,
  { run, version }: { run: SourceRun | null; version: SourceVersion | null },
  takeLocal: TakeLocal,
): Promise<SourceFiles> {
  const result: SourceFiles = { files: [], missing: [] };
  const listings = [...(run === null ? [] : [ofRun(client, run)]), ...(await ofModels(client, run, version))];
  for (const listing of listings) if (!takeLocal(result, listing)) await listAll(client, listing, result);
  const source = version?.source ?? "";
  const isOfRun = run !== null && source.startsWith(run.artifacts);
  if (version !== null && version.model === "" && source !== "" && !isOfRun)
    result.missing.push(`'${source.slice(0, 500)}' is no artifact of its run`);
  return result;
}

function ofRun(client: RestClient, run: SourceRun): Listing {
  return {
    to: "artifacts",
    uri: run.artifacts,
    list: (path) => ["artifacts/list", { run_id: run.id, path }],
    file: (path) => client.address("/get-artifact", { run_uuid: run.id, path }),
  };
}

async function ofModels(client: RestClient, run: SourceRun | null, version: SourceVersion | null): Promise<Listing[]> {
  const ids = new Set([...(run?.models ?? []), ...(version === null || version.model === "" ? [] : [version.model])]);
  const names = new FolderNames();
  const listings: Listing[] = [];
  for (const id of [...ids].filter((each) => /^m-[A-Za-z0-9-]{1,60}$/.test(each))) {
    const info = part(part((await client.ask("GET", `logged-models/${id}`, {})) ?? {}, "model"), "info");
    const at = `logged-models/${id}/artifacts`;
    listings.push({
      to: `models/${names.take(text(info, "name", ""), id)}`,
      uri: text(info, "artifact_uri", id),
      list: (path) => [`${at}/directories`, { artifact_directory_path: path }],
      file: (path) => client.address(`/ajax-api/2.0/mlflow/${at}/files`, { artifact_file_path: path }),
    });
  }
  return listings;
}

async function listAll(client: RestClient, { to, uri, list, file }: Listing, result: SourceFiles): Promise<void> {
  const folders = [{ path: "", depth: 0 }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const [endpoint, query] = list(folder.path);
    const known = Object.fromEntries(Object.entries(query).filter(([, value]) => folder?.path !== "" || value !== ""));
    const answer = await client.ask("GET", endpoint, known).catch((error: unknown) => unreadable(error, result, uri));
    for (const each of answer === null ? [] : items(answer, "files")) {
      const path = text(each, "path");
      if (pathProblem(path) !== null || folder.depth > DEEPEST)
        result.missing.push(`'${path.slice(0, 200)}' has a name that not every system can store`);
      else if (each["is_dir"] === true) folders.push({ path, depth: folder.depth + 1 });
      else result.files.push({ path: `${to}/${path}`, size: integer(each, "file_size", 0), at: file(path) });
    }
  }
}

/** A listing that fails makes its files missing: the store of artifacts is often another machine. */
function unreadable(error: unknown, result: SourceFiles, uri: string): null {
  if (!(error instanceof MvgitError) || error.code !== "remote-unavailable") throw error;
  result.missing.push(`'${uri.slice(0, 500)}' cannot be listed by the tracking server`);
  return null;
}
