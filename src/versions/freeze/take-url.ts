/** What an `https:` (or, where allowed, `http:`) address answers, as a draft. */
import { crc32c } from "../../base/crc32c.ts";
import { formatCount, plural } from "../../base/counts.ts";
import { crcIn, crcText } from "../../store/cloud/crc32c.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import type { HttpAnswer } from "../../base/http.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { FollowingClient, leave } from "../../base/redirects.ts";
import { INACTIVITY } from "../../base/times.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Draft, dropDraft, makeDraft, type Taken } from "./draft.ts";

export interface UrlToTake {
  /** As it is asked, credentials and all. */
  url: string;
  /** As it may be shown. */
  shown: string;
  /** Plain `http:` to any host. */
  insecure: boolean;
  /** As the user typed the path, for messages. */
  name: string;
}

/** Throws `access-denied`, `object-missing`, `remote-unavailable`, `remote-stalled`, `usage`; nothing is left then. */
export async function takeUrl(repo: Repo, wanted: UrlToTake): Promise<Taken> {
  try {
    const answer = await ask(repo, wanted);
    const draft = await draw(repo, answer, wanted);
    return { draft, facts: factsOf(answer) };
  } catch (error) {
    if (!isMvgitError(error, "remote-unavailable") && !isMvgitError(error, "remote-stalled")) throw error;
    throw new MvgitError(error.code, `cannot freeze '${wanted.name}': ${error.message}`, {
      subject: wanted.shown,
      hint: "the file is as it was; check the network and run the command again",
      cause: error,
    });
  }
}

/** Follows redirects, with credentials only to the place that they were given for. */
async function ask(repo: Repo, { url: text, shown, insecure }: UrlToTake): Promise<HttpAnswer> {
  const url = new URL(text);
  const authorization = authorizationOf(url);
  url.username = url.password = url.hash = "";
  const allows = (each: URL): boolean => isAllowed(each, insecure);
  if (!allows(url)) throw unprotected(shown);
  const { env, watch } = repo;
  const client = new FollowingClient({ env, signal: watch.signal, inactivityMs: INACTIVITY, allows });
  const headers = { "accept-encoding": "identity", "user-agent": "mvgit", ...(authorization && { authorization }) };
  const { answer, url: last } = await client.send({ method: "GET", url, headers });
  return checkStatus(answer, last, shown);
}

function authorizationOf({ username, password }: URL): string | null {
  if (username === "" && password === "") return null;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")}`;
}

/** A part of an address as it was meant; a stray `%` stands for itself. */
function decoded(part: string): string {
  return decodeURIComponent(part.replace(/%(?![0-9a-f]{2})/gi, "%25"));
}

function isAllowed({ protocol, hostname }: URL, insecure: boolean): boolean {
  return protocol === "https:" || (protocol === "http:" && (insecure || isLoopback(hostname)));
}

function unprotected(shown: string): MvgitError {
  return new MvgitError(
    "usage",
    `cannot freeze from '${display(shown)}': with plain http:// anybody on the way can change the bytes`,
    { subject: display(shown), hint: "use https://, or allow it with '--insecure'" },
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function checkStatus(answer: HttpAnswer, url: URL, shown: string): Promise<HttpAnswer> {
  const { status } = answer;
  if (status === 200) return answer;
  await leave(answer);
  const from = shown.includes(url.host) ? "" : ` (from '${display(url.host)}')`;
  const message = `'${display(shown)}' answered ${status}${from}`;
  if (status === 401 || status === 403)
    throw new MvgitError("access-denied", message, {
      subject: display(shown),
      hint: prose`nothing was frozen; credentials may stand in the address, 'https://USER:PASSWORD@HOST/…', and are
          not recorded`,
    });
  if (status === 404 || status === 410)
    throw new MvgitError("object-missing", message, {
      subject: display(shown),
      hint: "nothing was frozen; check the address",
    });
  throw unavailable(message);
}

async function draw(repo: Repo, answer: HttpAnswer, { shown, name }: UrlToTake): Promise<Draft> {
  const { headers } = answer;
  const promised = headers["content-length"] === undefined ? null : Number(headers["content-length"]);
  const task = repo.watch.progress.task(`freezing ${name}`, promised === null ? {} : { bytes: promised });
  let sum = 0;
  const summed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of answer.body) {
      sum = crc32c(chunk, sum);
      yield chunk;
    }
  };
  let draft: Draft;
  try {
    draft = await makeDraft(repo, summed(), (count) => task.advance(count));
  } finally {
    task.done();
  }
  let problem: string;
  if (promised !== null && draft.size !== promised)
    problem = `sent ${plural(draft.size, "byte")} instead of ${formatCount(promised)}`;
  else if (!sumFits(headers, sum)) problem = "sent bytes that do not fit their CRC32C";
  else return draft;
  dropDraft(draft);
  throw unavailable(`'${display(shown)}' ${problem}`);
}

/** Google's storage tells a sum of what it stores; what it unpacks on the way has another. */
function sumFits(headers: HttpAnswer["headers"], sum: number): boolean {
  const told = crcIn(headers["x-goog-hash"]);
  const stored = headers["x-goog-stored-content-encoding"] ?? "identity";
  return told === null || stored !== "identity" || told === crcText(sum);
}

/** Longer values are nobody's to keep in a pointer. */
const LONGEST = 256;

function factsOf({ headers }: HttpAnswer): Map<string, string> {
  const told = (
    [
      ["etag", headers.etag],
      ["last-modified", headers["last-modified"]],
    ] as const
  ).filter(([, value]) => value !== undefined && value.length <= LONGEST);
  return new Map(told as [string, string][]);
}

function unavailable(message: string): MvgitError {
  return new MvgitError("remote-unavailable", message);
}
