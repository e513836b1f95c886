/** Requests and answers of MLflow's API over HTTP, for every server that speaks it. */
import { bodyUpTo, type LocalAnswer, type LocalRequest } from "../base/loopback.ts";
import { pathProblem } from "../base/paths.ts";
import { parseLooseJson } from "../values/recorded-values.ts";
import { type Body, Refusal } from "./answers.ts";

/** Bytes of a request that is no artifact. */
const BODY_CAP = 16 * 1024 * 1024;
const ARTIFACTS = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts(?:\/(.*))?$/s;

/** A file or folder among artifacts. */
export interface Entry {
  path: string;
  isFolder: boolean;
  /** Bytes. */
  size: number;
}

/** The path behind the service of artifacts, decoded, "" for none; null for another request. Throws refusals. */
export function artifactPathOf(path: string): string | null {
  const artifact = ARTIFACTS.exec(path);
  if (!artifact) return null;
  try {
    return decodeURIComponent(artifact[1] ?? "");
  } catch {
    throw invalidPath();
  }
}

export function invalidPath(): Refusal {
  return new Refusal("INVALID_PARAMETER_VALUE", "Invalid artifact path");
}

/** Whose artifacts a path names, as clients send it (decoded), and which of them. Throws refusals. */
export function ownerOf(path: string): { experiment: string; run: string | null; model: string | null; below: string } {
  const [experiment = "", owner = "", ...rest] = path.split("/");
  if (pathProblem(path) !== null) throw invalidPath();
  if (owner === "models" && rest[1] === "artifacts")
    return { experiment, run: null, model: rest[0] as string, below: rest.slice(2).join("/") };
  if (rest[0] !== "artifacts") throw invalidPath();
  return { experiment, run: owner, model: null, below: rest.slice(1).join("/") };
}

/** What clients ask of any server before they trust it; null for another request. */
export function greeting({ path }: Pick<LocalRequest, "path">): LocalAnswer | null {
  if (!/^\/(health|version)$/.test(path)) return null;
  return { status: 200, type: "text/plain", body: path === "/health" ? "OK" : "3.0.0" };
}

/** What a request says, in its body or its query. Throws refusals. */
export async function bodyOf(request: LocalRequest): Promise<Body> {
  if (request.method === "GET") return queryOf(request.query);
  const bytes = await bodyUpTo(request.body, BODY_CAP);
  if (bytes === null) throw new Refusal("REQUEST_TOO_LARGE", "The request is too large");
  return bytes.length === 0 ? queryOf(request.query) : parsed(bytes);
}

function parsed(bytes: Buffer): Body {
  try {
    const value = parseLooseJson(bytes.toString("utf8"));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Body;
  } catch {
    // Told below.
  }
  throw new Refusal("INVALID_PARAMETER_VALUE", "The request is not a JSON object");
}

function queryOf(query: URLSearchParams): Body {
  return Object.fromEntries(
    [...new Set(query.keys())].map((key) => [
      key,
      /^(order_by|experiment_ids|stages)$/.test(key) ? query.getAll(key) : query.get(key),
    ]),
  );
}

export function json(status: number, body: object): LocalAnswer {
  return { status, body: JSON.stringify(body) };
}

/** A folder's files as the service of artifacts lists them; `below`: what their paths begin with. */
export function listing(files: readonly Entry[], below = ""): { files: object[] } {
  return {
    files: files.map(({ path, isFolder, size }) => ({
      path: below === "" ? path : `${below}/${path}`,
      is_dir: isFolder,
      ...(isFolder ? {} : { file_size: size }),
    })),
  };
}
