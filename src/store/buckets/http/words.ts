/** What texts say of web servers, whoever runs them. */
import { MvgitError } from "../../../base/errors.ts";
import type { Purpose, ServiceWords } from "../../cloud/failures.ts";
import { judge, type Reply, type Verdict } from "../../cloud/verdict.ts";

export const WORDS: ServiceWords = {
  vendor: "the web server",
  signIn: "mvgit signs in to no web server",
  makeBucket: "mkdir",
};

/** From this status on, answers are of what stands before a server, which lost it for the moment. */
const FIRST_OF_PROXIES = 520;

/** What an answer means that is no success. `now`: milliseconds since 1970. */
export function judgeWeb(reply: Reply, { purpose, now }: { purpose: Purpose; now: number }): Verdict {
  const verdict = judge(reply, { message: "", isRateLimit: false }, { purpose, now });
  const failure = refusalOf(reply.status, purpose) ?? verdict.failure;
  return { ...verdict, failure, again: verdict.again || reply.status >= FIRST_OF_PROXIES, signInAgain: false };
}

function refusalOf(status: number, { action, address }: Purpose): MvgitError | null {
  const refused = (how: string, hint: string): MvgitError =>
    new MvgitError("access-denied", `cannot ${action}: '${address}' ${how} (${status})`, { subject: address, hint });
  if (status === 401)
    return refused(
      "asks who you are",
      "only what a server gives to everybody can be read: ask its keeper to publish it",
    );
  if (status !== 403) return null;
  return refused(
    "does not let you have it",
    "ask its keeper to publish the folder; a bucket that not everybody may list answers so for what is absent too",
  );
}

/** The error of an answer that is compressed, though it was asked for as it is: it would be other bytes. */
export function compressed(encoding: string, { action, address }: Purpose): MvgitError {
  return new MvgitError("not-supported", `cannot ${action}: '${address}' sends it compressed ('${encoding}')`, {
    subject: address,
    hint: "let its keeper turn compression off for these files: it changes the bytes, and saves nothing",
  });
}

/** The error of a redirect that is not followed, which no other try mends. */
export function strayed(reason: string, { action, address }: Purpose, cause: unknown): MvgitError {
  return new MvgitError("remote-foreign", `cannot ${action} in '${address}': ${reason}`, {
    subject: address,
    hint: "correct the address with 'mvgit remote add': name the one that it leads to, if you know that place",
    cause,
  });
}
