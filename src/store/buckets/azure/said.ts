/** What the service says in an answer that is no success, and what that means. */
import { display } from "../../../base/paths.ts";
import { HOUR, MINUTE } from "../../../base/times.ts";
import { MvgitError } from "../../../base/errors.ts";
import { plural } from "../../../base/counts.ts";
import { bucketMissing, type Purpose, unavailable } from "../../cloud/failures.ts";
import { judge, type Judging, type Reply, type Said, type Verdict } from "../../cloud/verdict.ts";
import { parseXml, textOf } from "../../cloud/xml.ts";

const LONGEST_MESSAGE = 300;
/** What the service allows between its clock and that of whoever signs. */
const SKEW = 15 * MINUTE;

/** Why a name, or what is there, takes no change, and what can be done. */
const HELD: Readonly<Record<string, string>> = {
  BlobArchived: "bring it back with 'az storage blob set-tier --tier Hot', and wait until it is there",
  BlobBeingRehydrated: "it is on its way back from the archive: run the command again when it is there",
  BlobImmutableDueToPolicy: "an immutability policy or a legal hold keeps it: wait until that ends",
  DirectoryIsNotEmpty: "a folder has this name: look at it with 'az storage fs directory show'",
  LeaseIdMissing: "somebody holds a lease on it: end that with 'az storage blob lease break'",
  SnapshotsPresent: "delete its snapshots with 'az storage blob delete --delete-snapshots only'",
};
/** Refusals (403) for which no role and no signature helps. */
const CLOSED: Readonly<Record<string, string>> = {
  AccountIsDisabled: "the account is disabled: ask whoever pays for it",
  AuthorizationFailure:
    "see whether the network rules of the account let this machine in, and whether the key is its own",
  AuthorizationSourceIPMismatch: "the signature is for other machines: ask for one without addresses",
  KeyBasedAuthenticationNotPermitted: "the account takes no keys: sign in with 'az login'",
};
/** Ways to be told that something is being made or unmade at this moment. */
const PASSING = new Set([
  "",
  "AccountBeingCreated",
  "BlobAlreadyExists",
  "ContainerBeingDeleted",
  "ContainerBeingDisabled",
]);
const NO_CONTAINER = new Set(["ContainerNotFound", "ContainerDisabled", "ResourceNotFound"]);
/** The service got other bytes than were sent; emulators call that by another name. */
const NOT_WHAT_WAS_SENT = new Set(["Md5Mismatch", "IncompleteBody", "InvalidOperation"]);
/** Credentials that are not known, or not any more. */
const NOT_SIGNED_IN = new Set(["AuthenticationFailed", "InvalidAuthenticationInfo"]);

/** The service's own word for what went wrong; "" where it has none. */
export function codeOf({ headers, text }: Reply): string {
  const header = headers["x-ms-error-code"];
  const code = typeof header === "string" ? header : (textOf(parseXml(text, "Error") ?? undefined, "Code") ?? "");
  return /^[A-Za-z0-9]{1,60}$/.test(code) ? code : "";
}

/** `now`: as the clock of this machine tells it. */
export function judgeAzure(reply: Reply, judging: Judging): Verdict {
  const code = codeOf(reply);
  const said = saidIn(reply, code);
  const verdict = judge(reply, said, judging);
  const { status } = reply;
  if (status === 404 && NO_CONTAINER.has(code)) return { ...verdict, failure: bucketMissing(judging.purpose) };
  if ((status === 409 || status === 412) && !PASSING.has(code))
    return { ...verdict, again: false, failure: held(reply, HELD[code], code, judging.purpose) };
  const closed = status === 403 ? CLOSED[code] : undefined;
  if (closed !== undefined) return { ...verdict, failure: held(reply, closed, code, judging.purpose) };
  if (status === 400 && NOT_WHAT_WAS_SENT.has(code)) return { ...verdict, again: true };
  if (NOT_SIGNED_IN.has(code))
    return { ...verdict, again: false, signInAgain: true, failure: notSignedIn(reply, said, judging) };
  return verdict;
}

function saidIn({ text }: Reply, code: string): Said {
  const error = parseXml(text, "Error") ?? undefined;
  // The lines behind the first one are numbers for whoever keeps the service.
  const [words = ""] = (textOf(error, "Message") ?? "").split(/[\r\n]/);
  const message = [code, words.trim()].filter((part) => part !== "").join(": ");
  return { message: display(message.slice(0, LONGEST_MESSAGE)), isRateLimit: false };
}

/** `hint`: undefined for a word that mvgit knows nothing to do about. */
function held({ status }: Reply, hint: string | undefined, code: string, purpose: Purpose): MvgitError {
  const { action, address } = purpose;
  if (hint === undefined) return unavailable(status, code, purpose);
  return new MvgitError("access-denied", `cannot ${action} in '${address}': ${code} (${status})`, {
    subject: address,
    hint,
  });
}

function notSignedIn({ status, headers }: Reply, { message }: Said, { purpose, now }: Judging): MvgitError {
  const { action, address, words } = purpose;
  const theirs = Date.parse(String(headers["date"] ?? ""));
  const off = Math.abs(theirs - now);
  const hint =
    off > SKEW
      ? `set this machine's clock: it is ${timeOff(off)} ${theirs > now ? "behind" : "ahead of"} the service's`
      : words.signIn;
  const saying = message === "" ? `(${status})` : `(${status}, "${message}")`;
  return new MvgitError("access-denied", `cannot ${action}: '${address}' does not accept these credentials ${saying}`, {
    subject: address,
    hint,
  });
}

function timeOff(ms: number): string {
  return ms < 2 * HOUR ? plural(Math.round(ms / MINUTE), "minute") : plural(Math.round(ms / HOUR), "hour");
}
