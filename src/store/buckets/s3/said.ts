/** What S3 says in an answer that is no success, and what that means. */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { bucketMissing, type Purpose } from "../../cloud/failures.ts";
import { judge, type Judging, type Reply, type Verdict } from "../../cloud/verdict.ts";
import { parseXml, textOf } from "../../cloud/xml.ts";

const LONGEST_MESSAGE = 300;

/** What another try may mend, whatever its status. */
const PASSING = new Set([
  "BadDigest",
  "ConditionalRequestConflict",
  "IncompleteBody",
  "InternalError",
  "OperationAborted",
  "RequestTimeout",
  "ServiceUnavailable",
  "SlowDown",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
]);
/** Credentials that are no good, or not any more. */
const REFUSED = new Set([
  "AuthFailure",
  "InvalidAccessKeyId",
  "InvalidToken",
  "SignatureDoesNotMatch",
  "XAdminUserNotFound",
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "TokenRefreshRequired",
]);
const SKEWED = "RequestTimeTooSkewed";

/** The service's own words; "" for what it does not say. */
export interface S3Words {
  code: string;
  message: string;
  /** Where the bucket is, by the text of a refusal. */
  region: string;
}

export function wordsOf(text: string): S3Words {
  const error = parseXml(text, "Error") ?? undefined;
  const code = textOf(error, "Code") ?? "";
  return {
    code: /^[A-Za-z0-9.]{1,60}$/.test(code) ? code : "",
    message: display((textOf(error, "Message") ?? "").trim().slice(0, LONGEST_MESSAGE)),
    region: textOf(error, "Region") ?? "",
  };
}

/** Whether a refusal is of whoever asks, and not of what is asked. */
export function isOfCredentials(code: string): boolean {
  return REFUSED.has(code) || code === SKEWED;
}

/** `now`: as the clock of this machine tells it. */
export function judgeS3(reply: Reply, judging: Judging): Verdict {
  const { status, text } = reply;
  const { code, message } = wordsOf(text);
  const { purpose } = judging;
  const said = [code, message].filter((part) => part !== "").join(": ");
  const verdict = judge(
    reply,
    {
      message: said,
      isRateLimit: PASSING.has(code) || status === 307 || status === 412,
      permission: missingIn(message),
    },
    judging,
  );
  if (code === "NoSuchBucket") return { ...verdict, again: false, failure: bucketMissing(purpose) };
  if (code === SKEWED) return { ...verdict, failure: skewed(purpose) };
  // An answer to HEAD has no words: credentials that expired are a 400 then.
  const isWordless = status === 400 && text === "";
  if (!isWordless && !REFUSED.has(code) && status !== 401) return verdict;
  // Of a wrong region an endpoint that is not Amazon's says no more than that.
  const failure = refusedCredentials(
    isWordless ? `${status}, or the region is another one` : said || String(status),
    purpose,
  );
  return { ...verdict, again: false, signInAgain: true, failure };
}

/** The permission that a refusal names, as Amazon's do: "… is not authorized to perform: s3:PutObject on …". */
function missingIn(message: string): string | undefined {
  return /\bto perform: ((?:s3|kms):[A-Za-z]+)/.exec(message)?.[1];
}

function refusedCredentials(said: string, { action, address, words }: Purpose): MvgitError {
  return new MvgitError("access-denied", `cannot ${action}: '${address}' does not accept these credentials (${said})`, {
    subject: address,
    hint: words.signIn,
  });
}

function skewed({ action, address }: Purpose): MvgitError {
  return new MvgitError("access-denied", `cannot ${action}: '${address}' finds this machine's clock wrong`, {
    subject: address,
    hint: "set the clock and run the command again",
  });
}
