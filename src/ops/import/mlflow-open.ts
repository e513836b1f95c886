/** Where MLflow's data is read from: a folder, a SQLite file through the program `mlflow`, or a server. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { FileStore } from "../../mlflow/file-store.ts";
import { RestStore } from "../../mlflow/rest-store.ts";
import type { MlflowSource } from "../../mlflow/source.ts";
import { findProgram } from "../../program/find.ts";
import { freePort, startService } from "../../program/serve.ts";
import type { Repo } from "../../repo/repo.ts";

export interface OpenSource {
  source: MlflowSource;
  notes: string[];
  close(): Promise<void>;
}

/** Tries, a quarter of a second apart, until MLflow's server answers: Python takes its time. */
const TRIES = 480;

/** Throws `usage` for what is none, `not-supported` where the program is needed and absent. */
export async function openSource(repo: Repo, from: string): Promise<OpenSource> {
  const options = { env: repo.env, signal: repo.watch.signal };
  if (/^https?:\/\//.test(from)) return { source: new RestStore(from, options), notes: [], close: async () => undefined };
  const path = resolve(repo.cwd, from.replace(/^(?:sqlite:\/\/\/|file:\/\/)/, ""));
  const found = fs.statSync(path, { throwIfNoEntry: false });
  const database = found?.isFile() ? path : found?.isDirectory() && isSqlite(join(path, "mlflow.db")) ? join(path, "mlflow.db") : null;
  if (database !== null && isSqlite(database)) return openDatabase(repo, database);
  if (found?.isDirectory()) return { source: FileStore.open(path), notes: [], close: async () => undefined };
  throw new MvgitError("usage", `'${display(from)}' is neither a folder, a SQLite file nor an address of MLflow`, { subject: display(from), hint: "name the folder 'mlruns', a file 'mlflow.db', or 'https://…'; of another database, start 'mlflow server' and name its address" });
}

function isSqlite(file: string): boolean {
  try {
    const fd = fs.openSync(file, "r");
    const head = Buffer.alloc(16);
    fs.readSync(fd, head);
    fs.closeSync(fd);
    return head.toString("latin1") === "SQLite format 3\0";
  } catch {
    return false;
  }
}

/** MLflow's own server on a copy of the database, so that nothing is changed in the original. */
async function openDatabase(repo: Repo, database: string): Promise<OpenSource> {
  const file = findProgram("mlflow", { cwd: repo.cwd, env: repo.env });
  if (file === null) {
    throw new MvgitError("not-supported", `a SQLite store is read through the program 'mlflow', which is not on PATH`, {
      subject: display(database),
      hint: "install it ('pip install mlflow'), or start 'mlflow server' on the database elsewhere and name its address",
    });
  }
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-mlflow-"));
  const copy = join(folder, "mlflow.db");
  for (const ending of ["", "-wal", "-shm"]) if (fs.existsSync(database + ending)) fs.copyFileSync(database + ending, copy + ending);
  const port = await freePort();
  const args = ["server", "--backend-store-uri", `sqlite:///${copy}`, "--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const { MLFLOW_TRACKING_URI: _, ...env } = repo.env;
  const service = startService({ file, args, cwd: dirname(database), env: { ...env, MLFLOW_DISABLE_TELEMETRY: "true" } });
  const close = async (): Promise<void> => {
    await service.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    const source = new RestStore(`http://127.0.0.1:${port}`, { env: {}, signal: repo.watch.signal });
    await untilAnswers(source, service.failed);
    return { source, notes: [], close };
  } catch (error) {
    await close();
    throw error;
  }
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
      throw new MvgitError("not-supported", `'mlflow server' could not be started on the database: ${display(failed() ?? "it does not answer")}`, { hint: "an older database is brought up to date by 'mlflow db upgrade', on a copy of it", cause: error });
    }
  }
}
