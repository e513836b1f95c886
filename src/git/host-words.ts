/** What Git and its host said when they could not, or would not: one cause, in one line, instead of all their lines. */
import { pattern } from "../base/pattern.ts";
import { withoutCredentials } from "../base/address.ts";
import type { ErrorCode, MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";

export interface Refusal {
  code: ErrorCode;
  /** To follow a name and a colon. */
  why: string;
  hint: string;
}

/** Letters of a host's own words that are shown. */
const SHOWN = 240;

interface Kind {
  sign: RegExp;
  code: ErrorCode;
  why: string;
  hint: string;
  /** Whether the host's own words belong to it. */
  quote?: boolean;
}

const TRY_AGAIN = "nothing was moved; run the command again when the host can be reached ('git ls-remote' tells)";

const TAKEN: Omit<Kind, "sign"> = {
  code: "name-taken",
  why: "the host has something else under that name, which this clone does not know",
  hint: "run 'git fetch --tags', look, and run the command again",
};

/** The first that fits is it: what is more exact comes first. */
const KINDS: readonly Kind[] = [
  {
    sign: pattern("i")`
      GH006|GH013|protected (?:branch|tag|ref)|is protected|protected branches|create this tag as it is|
      rule violations|cannot (?:update|create|delete) (?:this )?protected`,
    code: "access-denied",
    why: "the host protects what this would create or change",
    hint: "ask for the right to push tags there, or let somebody who has it run the command",
    quote: true,
  },
  {
    sign: pattern("i")`
      insufficient permission for adding an object|unable to write (?:sha1|loose object) file|
      unpacker error|remote unpack failed|index-pack abnormal exit`,
    code: "remote-unavailable",
    why: "the host could not store what was sent (its disk, or its permissions)",
    hint: "tell whoever looks after the host",
    quote: true,
  },
  {
    sign: /pre-receive hook declined|update hook declined|hook declined|declined by (?:a )?hook/i,
    code: "access-denied",
    why: "a hook of the host declined it",
    hint: "ask for the right to push tags there, or whoever looks after the host what its rules want",
    quote: true,
  },
  // In Git's own brackets it is the cause, whatever else broke off for it.
  { sign: /\((?:non-fast-forward|fetch first|stale info)\)/, ...TAKEN },
  {
    sign: pattern("i")`
      Permission denied|Permission to \S+ denied|\b40[13]\b|Authentication failed|could not read (?:
      Username|Password)|access denied|not allowed to|You do not have|invalid (?:username|credentials)|
      Host key verification failed|denyCurrentBranch|deny updating`,
    code: "access-denied",
    why: "the host did not let you",
    hint: "check with 'git ls-remote' and 'git push --dry-run' who you are there, and ask for the right to push tags",
    quote: true,
  },
  {
    sign: pattern("i")`
      Could not resolve|Connection (?:refused|timed out|reset|closed)|timed out|Network is unreachable|
      No route to host|Failed to connect|Couldn't connect|unable to access|hung up unexpectedly|
      early EOF|kex_exchange|RPC failed|SSL|certificate`,
    code: "remote-unavailable",
    why: "the host cannot be reached",
    hint: TRY_AGAIN,
    quote: true,
  },
  {
    sign: pattern("i")`
      does not appear to be a git repository|repository .*not found|Repository not found|does not exist|
      No such file or directory`,
    code: "remote-missing",
    why: "there is no repository at that address, or none that you may see",
    hint: "check 'git remote -v'",
  },
  { sign: /non-fast-forward|fetch first|stale info|\[rejected\]|already exists/i, ...TAKEN },
];

function wordsOf({ cause, message }: MvgitError): string {
  return cause instanceof Error ? cause.message : message;
}

/** The cause among Git's words: `git-failed`'s, which has all of them as its cause. */
export function readRefusal(error: MvgitError | string): Refusal {
  const words = typeof error === "string" ? error : wordsOf(error);
  const kind = KINDS.find(({ sign }) => sign.test(words));
  const said = saidBy(words);
  if (!kind)
    return {
      code: "remote-unavailable",
      why: said === "" ? "it did not say why" : `it said "${said}"`,
      hint: `${TRY_AGAIN}; ${VERBOSE}`,
    };
  return {
    code: kind.code,
    why: kind.why + (kind.quote && said !== "" ? ` ("${said}")` : ""),
    hint: `${kind.hint}; ${VERBOSE}`,
  };
}

const VERBOSE = "'--verbose' shows all of Git's words";

/** What Git itself adds around the words that matter. */
const FRAME = pattern()`
  ^(?:To |hint:|error: failed to push|fatal: Could not read from remote|Please make sure|
  and the repository exists|Everything up-to-date|error: RPC|send-pack:|fatal: the remote end)`;

/** A terminal's colours, as `display` shows them. */
const COLOUR = /\\x1b\[[0-9;]*m/g;

/** The words that tell most: of the host where it said some, else Git's own; bounded, and safe for a terminal. */
function saidBy(words: string): string {
  const lines = words.split(/[\r\n]+/).map((line) => line.trim());
  const ofHost = lines.filter((line) => line.startsWith("remote:")).map((line) => line.replace(/^remote:\s*/, ""));
  const meant = (some: readonly string[]): string[] =>
    some
      .map((line) => line.replace(/^(?:fatal|error|GitLab|ERROR):\s*/, "").trim())
      .filter((line) => /\p{L}{3}/u.test(line));
  const host = meant(ofHost);
  const own = meant(
    lines
      .filter((line) => !line.startsWith("remote:") && !FRAME.test(line))
      .map((line) => line.replace(/^!?\s*\[(?:remote )?rejected\]\s*\S+(?: -> \S+)?\s*/, "")),
  );
  const text = withoutCredentials((host.length > 0 ? host : own).slice(0, 3).join(" ").replaceAll('"', "'"));
  const shown = display(text).replaceAll(COLOUR, "");
  return shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown;
}
