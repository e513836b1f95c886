/** The errors of a bucket in a cloud, in the words of the service that keeps it. */
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { WrongBytes } from "../bucket.ts";

/** What texts say of one vendor's service. */
export interface ServiceWords {
  /** Whose it is, as in "in the place of Google". */
  vendor: string;
  /** Advice for whoever is not signed in, or whose credentials are refused. */
  signIn: string;
  /** The command that makes a bucket. */
  makeBucket: string;
}

/** What a request was for. */
export interface Purpose {
  /** In the words of a message: as in "cannot ACTION". */
  action: string;
  /** The remote's address. */
  address: string;
  words: ServiceWords;
}

/** `message`: what the other side says of it, safe to show; "" for nothing. */
export function unavailable(status: number, message: string, { action, address }: Purpose): MvgitError {
  return new MvgitError(
    "remote-unavailable",
    `cannot ${action}: '${address}' answered ${status}${message && `, "${message}"`}`,
    { subject: address, hint: "run the command again later; it goes on where it stopped" },
  );
}

export function signInRefused({ action, address, words }: Purpose): MvgitError {
  return new MvgitError("access-denied", `cannot ${action}: '${address}' does not accept these credentials (401)`, {
    subject: address,
    hint: words.signIn,
  });
}

/** `permission`: the one that is missing, where the other side names it. */
export function forbidden(
  { message, permission }: { message: string; permission?: string | undefined },
  { action, address }: Purpose,
): MvgitError {
  const lack = permission ? `permission '${permission}' is missing` : `access is denied${message && `, "${message}"`}`;
  return new MvgitError("access-denied", `cannot ${action} in '${address}': ${lack}`, {
    subject: address,
    hint: "'mvgit doctor --remote' says who you are there and what to ask for",
  });
}

/** The error of a bucket that is not there. */
export function bucketMissing({ action, address, words }: Purpose): MvgitError {
  return new MvgitError("remote-missing", `cannot ${action}: the bucket of '${address}' does not exist`, {
    subject: address,
    hint: `correct the address with 'mvgit remote add', or make the bucket with '${words.makeBucket}'`,
  });
}

/** The error of an object that is not there. */
export function objectMissing(name: string, address: string): MvgitError {
  return new MvgitError("object-missing", `'${name}' is not in '${address}'`, { subject: name });
}

/** The error for an object that has another version than the one that was named. */
export function replacedMeanwhile(name: string, address: string): MvgitError {
  return new MvgitError("object-exists", `'${name}' in '${address}' was replaced meanwhile`, { subject: name });
}

/** The error of an answer that is not what was asked for: an HTML page, wrong lengths, other bytes. */
export function unusable(how: string, { action, address, words }: Purpose): MvgitError {
  return new MvgitError("remote-unavailable", `cannot ${action}: '${address}' ${how}`, {
    subject: address,
    hint: `run the command again; if it stays so, see whether a proxy answers in the place of ${words.vendor}`,
  });
}

/** The same, of bytes that are not those of the object that the other side describes. */
export function wrongBytes(how: string, { action, address }: Purpose): WrongBytes {
  return new WrongBytes("remote-unavailable", `cannot ${action}: '${address}' ${how}`, {
    subject: address,
    hint: prose`run the command again; if it stays so, the object is damaged, and 'mvgit push --repair' replaces it
        where the bytes are`,
  });
}

/** The error when what was sent is, try after try, not what the other side has. */
export function unconfirmed(purpose: Purpose): MvgitError {
  return unusable("does not confirm the bytes that were sent", purpose);
}
