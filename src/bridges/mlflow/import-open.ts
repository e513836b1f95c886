/** Where MLflow's data is read from: a folder, a SQLite file through the program `mlflow`, or a server. */
import * as fs from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeFolder, copyFile } from "../../base/disk.ts";
import { showAddress } from "../../base/address.ts";
import { systemClock } from "../../base/clock.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { FileStore } from "./file-store.ts";
import type { TakeLocal } from "./rest-artifacts.ts";
import { RestStore } from "./rest-store.ts";
import type { MlflowSource } from "./source.ts";
import { collectLocal, localPath } from "./local-artifacts.ts";
import { findOnPath } from "../../program/find.ts";
import { inEmptyFolder, isInside, neutralEnvironment } from "../../program/neutral.ts";
import { freePort, startService } from "../../program/serve.ts";
import type { Repo } from "../../repo/repo.ts";
import { refuseCommittedLinks } from "../../repo/committed-links.ts";

export interface OpenSource {
  source: MlflowSource;
  /** What was left out by then. */
  notes(): string[];
}

/** Tries, a quarter of a second apart, until MLflow's server answers: Python takes its time. */
const TRIES = 480;

/**
 * Does `work` with what `from` names. Throws `usage` for what is none, `link-refused`, `not-supported` where the
 * program is needed and absent.
 */
export async function withSource<R>(repo: Repo, from: string, work: (opened: OpenSource) => Promise<R>): Promise<R> {
  const options = { env: repo.env, signal: repo.watch.signal };
  if (/^https?:\/\//.test(from)) return work({ source: new RestStore(from, options), notes: () => [] });
  const path = resolve(repo.cwd, from.replace(/^(?:sqlite:\/\/\/|file:\/\/)/, ""));
  const inFolder = join(path, "mlflow.db");
  await refuseCommittedLinks(repo, [path, inFolder, join(path, "mlruns")]);
  const found = fs.statSync(path, { throwIfNoEntry: false });
  const database = found?.isDirectory() ? inFolder : path;
  if (found && isSqlite(database)) return withDatabase(repo, database, work);
  if (!found?.isDirectory())
    throw new MvgitError(
      "usage",
      `'${showAddress(from)}' is neither a folder, a SQLite file nor an address of MLflow`,
      {
        subject: showAddress(from),
        hint: prose`name the folder 'mlruns', a file 'mlflow.db', or 'https://…'; of another database, start
            'mlflow server' and name its address`,
      },
    );
  const source = FileStore.open(path);
  return work({ source, notes: () => source.notes() });
}

function isSqlite(file: string): boolean {
  try {
    if (!fs.statSync(file).isFile()) return false;
    const fd = fs.openSync(file, "r");
    const head = Buffer.alloc(16);
    fs.readSync(fd, head);
    fs.closeSync(fd);
    return head.toString("latin1") === "SQLite format 3\0";
  } catch {
    return false;
  }
}

/**
 * MLflow's own server on a copy of the database, so that nothing is changed in the original. It runs in an empty
 * folder: Python and its servers load code and settings from the folder that they are started in.
 */
async function withDatabase<R>(repo: Repo, database: string, work: (opened: OpenSource) => Promise<R>): Promise<R> {
  const file = findOnPath("mlflow", repo.env);
  if (file === null) {
    throw new MvgitError("not-supported", `a SQLite store is read through the program 'mlflow', which is not on PATH`, {
      subject: display(database),
      hint: prose`install it ('pip install mlflow'), or start 'mlflow server' on the database elsewhere and name
          its address`,
    });
  }
  return inEmptyFolder(async (cwd) => {
    const copy = copyOf(database, cwd);
    const port = await freePort();
    const args = [
      "server",
      "--backend-store-uri",
      `sqlite:///${copy}`,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--workers",
      "1",
    ];
    const { MLFLOW_TRACKING_URI: _, MLFLOW_REGISTRY_URI: __, ...env } = neutralEnvironment(repo.env, repo.top);
    const service = startService({ file, args, cwd, env: { ...env, MLFLOW_DISABLE_TELEMETRY: "true" } });
    try {
      const source = new RestStore(`http://127.0.0.1:${port}`, {
        env: {},
        signal: repo.watch.signal,
        takeLocal: localOf(repo, database),
      });
      await untilAnswers(source, service.failed);
      return await work({ source, notes: () => [] });
    } finally {
      await service.stop();
    }
  });
}

/** In a folder of its own below the one in which the server runs, where it looks for nothing. */
function copyOf(database: string, cwd: string): string {
  const folder = join(cwd, "store");
  makeFolder(folder);
  for (const ending of ["", "-wal", "-shm"]) {
    const found = fs.lstatSync(database + ending, { throwIfNoEntry: false });
    if (found?.isFile() || (ending === "" && found !== undefined))
      copyFile(database + ending, join(folder, `mlflow.db${ending}`));
  }
  return join(folder, "mlflow.db");
}

/** Schemes of other machines, which the server is asked for. Every other address may end at a file of this one. */
const ELSEWHERE = /^(?:s3|gs|wasbs?|abfss?|r2|b2|hdfs|dbfs|sftp|ftp|https?):/i;

/**
 * A database says where artifacts are, and the server would read any file that it names. One in the work tree may be a
 * stranger's, and has them in the work tree; one outside of it is the user's own. No link is followed for either.
 */
function localOf(repo: Repo, database: string): TakeLocal {
  const folder = dirname(fs.realpathSync(database));
  const roots = isInside(folder, repo.top) ? [folder, repo.top] : null;
  return (result, { uri, to }) => {
    if (ELSEWHERE.test(uri)) return false;
    const place = placeOf(uri, folder);
    if (place === null) result.missing.push(`'${uri.slice(0, 500)}' cannot be read as files`);
    else collectLocal(result, { roots, places: [place], to });
    return true;
  };
}

/** Where the database's server keeps what an address names; null for what is no path. */
function placeOf(uri: string, folder: string): string | null {
  const proxied = /^mlflow-artifacts:\/*(.*)$/s.exec(uri)?.[1];
  if (proxied !== undefined) return join(folder, "mlartifacts", proxied);
  const local = localPath(uri) ?? (/^[a-z][a-z0-9+.-]*:/i.test(uri) ? null : uri);
  return local === null ? null : resolve(folder, local);
}

async function untilAnswers(source: MlflowSource, failed: () => string | null): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await source.runs("");
      return;
    } catch (error) {
      if (!isMvgitError(error, "remote-unavailable") || (attempt < TRIES && failed() === null)) {
        if (!isMvgitError(error, "remote-unavailable")) throw error;
        await systemClock.sleep(250);
        continue;
      }
      throw new MvgitError(
        "not-supported",
        `'mlflow server' could not be started on the database: ${display(failed() ?? "it does not answer")}`,
        { hint: "an older database is brought up to date by 'mlflow db upgrade', on a copy of it", cause: error },
      );
    }
  }
}
