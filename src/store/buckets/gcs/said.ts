/** What the JSON API says in an answer that is no success. */
import { display } from "../../../base/paths.ts";
import { judge, type Judging, type Reply, type Said, type Verdict } from "../../cloud/verdict.ts";

const LONGEST_MESSAGE = 300;
/** Google reports too many requests by 403 as well. */
const RATE_LIMITED = /^(userR|r)ateLimitExceeded$/;

/** What an answer that is no success means. */
export function judgeGcs(reply: Reply, judging: Judging): Verdict {
  return judge(reply, said(reply.status, reply.text), judging);
}

/** What the body of an answer with this status says. */
function said(status: number, text: string): Said {
  const error = objectOf(jsonOf(text)?.["error"]);
  const first = Array.isArray(error?.["errors"]) ? objectOf(error["errors"][0]) : undefined;
  const plain = /^\s*</.test(text) ? "" : text;
  const raw = typeof error?.["message"] === "string" ? error["message"] : plain;
  const reason = typeof first?.["reason"] === "string" ? first["reason"] : "";
  const message = display(raw.trim().slice(0, LONGEST_MESSAGE));
  return {
    message,
    permission: /\bstorage\.[a-z]+\.[A-Za-z]+/.exec(message)?.[0],
    isRateLimit: status === 403 && RATE_LIMITED.test(reason),
  };
}

/** The text as a JSON object; undefined when it is none. */
export function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
