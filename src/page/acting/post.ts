/** Acts of the page: each is sent with the token that stands in the page alone, to the server that it came from. */
import { config } from "../config.ts";
import type { DataFailure } from "../data.ts";

/** Whether this page may act: only where `mvgit ui --allow-moves` serves it. */
export const mayAct = config.mode === "live" && config.token !== null;

/** Throws a `DataFailure`. */
export async function post<T>(path: "moves" | "moves/check", body: object): Promise<T> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-mvgit-token": config.token ?? "" },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (answer === null)
    throw failure("unreachable", "the server of this page does not answer", "look whether 'mvgit ui' still runs");
  const document: unknown = await answer.json().catch(() => null);
  const error = (document as { error?: DataFailure } | null)?.error;
  if (error) throw error;
  if (!answer.ok || document === null) throw failure("refused", `the server refused it (${answer.status})`, null);
  return document as T;
}

function failure(code: string, message: string, hint: string | null): DataFailure {
  return { code, message, hint };
}
