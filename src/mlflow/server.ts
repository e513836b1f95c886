/** MLflow's tracking server for one run: answers in memory, keeps a journal on disk, takes artifacts. */
import { appendByTimer } from "../base/disk.ts";
import { whySystem } from "../base/system-errors.ts";
import { type LocalAnswer, type LocalRequest, serveLocally } from "../base/loopback.ts";
import { type Body, Refusal } from "./answers.ts";
import { artifactPathOf, bodyOf, greeting, json, listing } from "./http.ts";
import { answer } from "./recorder.ts";
import { Spool } from "./spool.ts";
import { Recording } from "./state.ts";
import { artifactUri } from "./tracking.ts";

/** Bytes of the journal; what comes later is in the version only. */
const JOURNAL_CAP = 256 * 1024 * 1024;
/** Milliseconds between two writes of the journal, by which others follow the run. */
const JOURNAL_EVERY = 500;

export interface TrackingServer {
  /** For MLFLOW_TRACKING_URI. */
  url: string;
  recording: Recording;
  spool: Spool;
  /** Ends it, with the journal written. */
  close(): Promise<void>;
}

/** Where it writes: absolute paths of a file and a folder, neither of which is made before something is recorded. */
export interface TrackingPlaces {
  /** Every request that changed something, a line of JSON each. */
  journal: string;
  artifacts: string;
}

export async function serveTracking(
  { journal, artifacts }: TrackingPlaces,
  now: () => number,
): Promise<TrackingServer> {
  const recording = new Recording(now);
  const spool = new Spool(artifacts);
  const lines = new Journal(journal, recording);
  const server = await serveLocally((request) => handle(request, { recording, spool, lines }));
  return {
    url: server.url,
    recording,
    spool,
    async close() {
      await server.close();
      await lines.close();
    },
  };
}

interface Served {
  recording: Recording;
  spool: Spool;
  lines: Journal;
}

async function handle(request: LocalRequest, served: Served): Promise<LocalAnswer> {
  try {
    const artifact = artifactPathOf(request.path);
    if (artifact !== null) return await handleArtifact(request, served, artifact);
    if (request.method === "GET" && request.path.endsWith("/mlflow/artifacts/list")) return listOfRun(request, served);
    const greeted = greeting(request);
    if (greeted !== null) return greeted;
    const body = await bodyOf(request);
    const {
      status,
      body: sent,
      changed,
    } = answer(served.recording, { method: request.method, path: request.path, body });
    if (changed) served.lines.add(request, { body, sent });
    return json(status, sent);
  } catch (error) {
    if (error instanceof Refusal) return json(error.status, error.body);
    served.recording.notes.add(`MLflow's server failed: ${whySystem(error)}`);
    return json(500, new Refusal("INTERNAL_ERROR", "mvgit failed").body);
  }
}

async function handleArtifact(
  { method, body, query }: LocalRequest,
  { recording, spool }: Served,
  path: string,
): Promise<LocalAnswer> {
  if (method === "PUT") {
    await spool.put(recording, path, body);
    return json(200, {});
  }
  if (method === "DELETE") {
    spool.remove(recording, path);
    return json(200, {});
  }
  if (method !== "GET") throw new Refusal("ENDPOINT_NOT_FOUND", "No such endpoint");
  if (path !== "") return { status: 200, type: "application/octet-stream", body: spool.get(recording, path) };
  return json(200, listing(spool.list(recording, (query.get("path") ?? "").replace(/^\/+|\/+$/g, ""))));
}

function listOfRun({ query }: LocalRequest, { recording, spool }: Served): LocalAnswer {
  const run = recording.runs.get(query.get("run_id") ?? "");
  if (!run) throw new Refusal("RESOURCE_DOES_NOT_EXIST", "No such run");
  const below = query.get("path") ?? "";
  const files = spool.list(
    recording,
    [run.experiment, run.id, "artifacts", ...(below === "" ? [] : [below])].join("/"),
  );
  return json(200, { root_uri: artifactUri(run), ...listing(files, below) });
}

/** Lines in memory that go to a file twice a second, so that a crash loses no more. */
class Journal {
  readonly #file: string;
  readonly #recording: Recording;
  #lines: string[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, recording: Recording) {
    this.#file = file;
    this.#recording = recording;
  }

  add({ method, path }: LocalRequest, { body, sent }: { body: Body; sent: object }): void {
    if (this.#bytes > JOURNAL_CAP) return;
    // Only these answer an id that later requests name.
    const isNeeded = Object.keys(sent).length > 0 && /\/(create|logged-models)$/.test(path);
    const entry = { time: this.#recording.now(), method, path, body, ...(isNeeded ? { answer: sent } : {}) };
    const line = `${JSON.stringify(entry)}\n`;
    this.#bytes += line.length;
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.#write(), JOURNAL_EVERY).unref();
  }

  #write(): void {
    this.#timer = null;
    const text = this.#lines.join("");
    this.#lines = [];
    if (text === "") return;
    this.#writing = this.#writing
      .then(() => appendByTimer(this.#file, text))
      .catch((error: unknown) => {
        this.#recording.notes.add(`what MLflow recorded could not be written meanwhile: ${whySystem(error)}`);
      });
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#write();
    await this.#writing;
  }
}
