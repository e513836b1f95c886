/**
 * Acting from the page (`mvgit ui --allow-moves` alone), through the operations of the command line:
 *
 *     POST moves/check   {"action": "promote"|"rollback", "model", "stage", "to": "v5"|"none"|null}
 *                        what it would do and what stands in its way (`MoveCheckReport`); nothing is changed
 *     POST moves         the same, with "reason" and "seen": the `event` that the check told
 *                        does it (`MoveReport`), unless the stage was moved since
 *
 * `to`: null means, for a rollback, what was there before. Both want `content-type: application/json`, the header
 * `x-mvgit-token` with what stands in the page as `token`, and an Origin, which a browser sends with each POST.
 */
import { timingSafeEqual } from "node:crypto";
import { MvgitError } from "../base/errors.ts";
import { bodyUpTo, type LocalRequest } from "../base/loopback.ts";
import { asVersionNumber, checkModelName, checkStageName, formatLabel } from "../values/label.ts";
import { checkMove, type MoveCheckReport, type MoveCheckRequest } from "../versions/move-check.ts";
import { type MoveReport, promote, rollback } from "../versions/promote.ts";
import type { Repo } from "../repo/repo.ts";

const BODY_CAP = 64 * 1024;

/** Whether the page asks, and nobody who had a browser send something: what he cannot read, he cannot send. */
export function isOfPage({ headers }: LocalRequest, token: string): boolean {
  const given = Buffer.from(String(headers["x-mvgit-token"] ?? ""));
  const wanted = Buffer.from(token);
  return (
    headers.origin !== undefined &&
    (headers["sec-fetch-site"] ?? "same-origin") === "same-origin" &&
    /^application\/json(?:;|$)/i.test(headers["content-type"] ?? "") &&
    given.length === wanted.length &&
    timingSafeEqual(given, wanted)
  );
}

/** Throws `usage` for what is no request. */
async function readMove(request: LocalRequest): Promise<MoveCheckRequest & { reason: string; seen: number | null }> {
  const bytes = await bodyUpTo(request.body, BODY_CAP);
  const asked = bytes === null ? null : parsed(bytes.toString("utf8"));
  if (asked === null) throw new MvgitError("usage", "that is no request for a move");
  const { action, model, stage, to = null, reason = "", seen = null } = asked;
  if (action !== "promote" && action !== "rollback") throw wrong("action");
  if (typeof model !== "string" || typeof stage !== "string") throw wrong("stage");
  if (to !== null && typeof to !== "string") throw wrong("to");
  if (typeof reason !== "string") throw wrong("reason");
  if (seen !== null && !(Number.isSafeInteger(seen) && (seen as number) >= 0)) throw wrong("seen");
  return {
    action,
    model: checkModelName(model),
    stage: checkStageName(stage),
    to,
    reason,
    seen: seen as number | null,
  };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function wrong(name: string): MvgitError {
  return new MvgitError("usage", `the request's '${name}' is not what a move takes`, { subject: name });
}

export async function checkAsked(repo: Repo, request: LocalRequest): Promise<MoveCheckReport> {
  return checkMove(repo, await readMove(request));
}

/** Throws `stage-moved` where the stage was moved since it was looked at, and what promote and rollback throw. */
export async function moveAsked(repo: Repo, request: LocalRequest): Promise<MoveReport> {
  const { action, model, stage, to, reason, seen } = await readMove(request);
  if (seen === null) throw wrong("seen");
  const number = to === null ? null : asVersionNumber(to);
  if (action === "promote") {
    if (number === null) throw wrong("to");
    const label = formatLabel({ kind: "version", model, version: number });
    return promote(repo, { label, stage, reason, seen, commit: true });
  }
  if (to !== null && to !== "none" && number === null) throw wrong("to");
  return rollback(repo, { model, stage, to: to === "none" ? "none" : number, reason, seen, commit: true });
}
