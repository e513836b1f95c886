/** `mvgit freeze`: the output of a command, or what an address answers, as tracked bytes with their origin. */
import { MvgitError } from "../base/errors.ts";
import { checkPath, display, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { shellCommand } from "../base/shell.ts";
import type { Hash } from "../values/hash.ts";
import { type Origin, originKeys, readOrigin, withoutOrigin } from "../values/origin.ts";
import { formatPointer, type Pointer, POINTER_CAP, samePointer } from "../values/pointer.ts";
import { Masker, unmask } from "../values/secrets.ts";
import type { TakeSignals } from "../program/run-through.ts";
import { consent, isConsented } from "../repo/frozen-consent.ts";
import type { Repo } from "../repo/repo.ts";
import { isObjectAddress, isPlainBucket, objectAt, OBJECT_SCHEMES } from "../store/drivers.ts";
import { folderOf } from "./run/request.ts";
import { compareData } from "../registry/data-changes.ts";
import { track } from "../repo/pointers.ts";
import { loaderOf } from "./registry.ts";
import { type Draft, dropDraft, landDraft, type Taken } from "./freeze/draft.ts";
import { takeCommand } from "./freeze/take-command.ts";
import { takeObject } from "./freeze/take-object.ts";
import { takeUrl } from "./freeze/take-url.ts";
import { findTarget, refuseChanges, replaceTarget, type Target } from "./freeze/target.ts";

export interface FreezeRequest {
  /** As typed. */
  path: string;
  /** Null: as last time. */
  source: { command: readonly string[] } | { url: string } | null;
  /** Replaces bytes that no store has; they are kept in the cache. */
  force: boolean;
  /** Plain `http:` to any host. */
  insecure: boolean;
  /** Takes again what somebody else recorded. */
  trust: boolean;
  /** Names of variables that hold secrets. */
  env: readonly string[];
  signals: TakeSignals;
}

export interface FreezeReport {
  path: RepoPath;
  /** As recorded, without secrets. */
  source: { command: string[]; folder: string } | { url: string };
  /** ISO 8601. */
  time: string;
  hash: Hash;
  size: number;
  what: "new" | "changed" | "unchanged";
  /** What the pointer named before; null for nothing. */
  before: { hash: Hash; size: number } | null;
  /** Of CSV files: rows that only one of both has. */
  rows: { added: number; removed: number } | null;
  /** The file's bytes that `--force` replaced: where they are kept. */
  displaced: Hash | null;
}

/** What is to be taken, as it is started or asked, and as it is recorded. */
interface Source {
  origin: Origin;
  command: readonly string[];
  url: string;
}

/**
 * Nothing changes unless all bytes came. Throws before that for a path or a source that cannot be, and what the source
 * throws.
 */
export async function freeze(repo: Repo, request: FreezeRequest): Promise<FreezeReport> {
  const target = await findTarget(repo, request.path);
  const source = request.source === null ? recorded(repo, target, request) : typed(repo, request.source, request);
  // Everything that could fail for what was typed, before a query that may take hours.
  pointerFor(target, source.origin, {
    hash: "0".repeat(64) as Hash,
    size: 0,
    facts: new Map([["time", new Date(0).toISOString()]]),
  });
  if (!request.force) await refuseChanges(repo, target);
  repo.cleanTemporary();
  const time = new Date(repo.watch.clock.now()).toISOString();
  const taken = await take(repo, source, { ...request, name: target.name });
  const facts = new Map([...taken.facts, ["time", time]]);
  consent(repo, source.origin);
  return settle(repo, target, { origin: source.origin, draft: taken.draft, facts, force: request.force });
}

function take(repo: Repo, { origin, command, url }: Source, request: FreezeRequest & { name: string }): Promise<Taken> {
  if (origin.kind === "command")
    return takeCommand(repo, { words: command, folder: origin.folder, signals: request.signals, name: request.name });
  if (isObjectAddress(url)) return takeObject(repo, { url, name: request.name });
  return takeUrl(repo, { url, shown: origin.url, insecure: request.insecure, name: request.name });
}

function typed(repo: Repo, source: { command: readonly string[] } | { url: string }, { env }: FreezeRequest): Source {
  const masker = new Masker(repo.env, env);
  if ("command" in source) {
    const command = masker.command(source.command);
    return {
      origin: { kind: "command", command, folder: folderOf(repo), secrets: masker.secrets },
      command: source.command,
      url: "",
    };
  }
  const { url } = source;
  if (isObjectAddress(url)) return { origin: { kind: "url", url, secrets: [] }, command: [], url };
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new MvgitError("usage", `'${display(masker.text(url))}' is not an address that can be frozen`, {
      hint: `an address starts with ${["https://", ...OBJECT_SCHEMES].join(" or ")}; a command stands after '--'`,
    });
  }
  return { origin: maskedUrl(new URL(url), masker), command: [], url };
}

/** Users and passwords count as secrets altogether, and what follows '#' is no part of what a server is asked. */
function maskedUrl(url: URL, masker: Masker): Origin {
  const names: string[] = [];
  const hide = (part: string, name: string): string => {
    if (part === "") return "";
    names.push(name);
    return `\${${name}}`;
  };
  const user = hide(url.username, "URL_USER");
  const password = hide(url.password, "URL_PASSWORD");
  const userInfo = user + password === "" ? "" : `${user}${password === "" ? "" : `:${password}`}@`;
  const rest = masker.text(`${url.pathname}${url.search}`);
  return {
    kind: "url",
    url: `${url.protocol}//${userInfo}${url.host}${rest}`,
    secrets: [...names, ...masker.secrets.filter((name) => !names.includes(name))],
  };
}

/** What the pointer says, with its secrets put back. */
function recorded(repo: Repo, { before, name }: Target, { trust, env }: FreezeRequest): Source {
  const found = before && readOrigin(before.extra);
  if (!found)
    throw new MvgitError("usage", `'${name}' was not frozen: its pointer names no command and no address`, {
      subject: name,
      hint: `freeze it first: 'mvgit freeze ${name} -- CMD…' or 'mvgit freeze ${name} URL'`,
    });
  const { time: _, ...origin } = found;
  if (origin.kind === "command" && origin.folder !== "") checkPath(origin.folder, "pointer's 'source.folder'");
  const words = origin.kind === "command" ? origin.command : [origin.url];
  if (needsConsent(origin) && !trust && !isConsented(repo, origin)) {
    throw new MvgitError(
      "setting-untrusted",
      prose`the ${origin.kind === "command" ? "command" : "address"} of '${name}' was recorded by somebody
        else: ${origin.kind === "command" ? shellCommand(words) : display(origin.url)}`,
      { subject: name, hint: `if you want it taken from here, 'mvgit freeze --refresh --trust ${name}'` },
    );
  }
  const values = Object.fromEntries(env.map((variable) => [variable, repo.env[variable]]));
  const result = unmask(words, origin.secrets, values);
  if ("missing" in result) {
    const variables = origin.secrets.map((each) => `--env ${display(each)}`).join(" ");
    throw new MvgitError(
      "secret-needed",
      `the origin of '${name}' holds what was not recorded: ${result.missing.map(display).join(", ")}`,
      { subject: name, hint: `set each as a variable and name it: 'mvgit freeze --refresh ${name} ${variables}'` },
    );
  }
  return {
    origin,
    command: origin.kind === "command" ? result.command : [],
    url: origin.kind === "url" ? (result.command[0] as string) : "",
  };
}

/**
 * An answer to anybody's question harms nobody; a command, a secret of the user's, or a service of their own machine
 * may, and so may a place that no committed remote could name without consent.
 */
function needsConsent(origin: Origin): boolean {
  return origin.kind === "command" || origin.secrets.length > 0 || !isPublic(origin.url);
}

function isPublic(url: string): boolean {
  return url.startsWith("https://") || (isObjectAddress(url) && isPlainBucket(objectAt(url).object.container));
}

/** Throws `usage` for an origin too long to be recorded. */
function pointerFor(
  { before, name }: Target,
  origin: Origin,
  { hash, size, facts }: { hash: Hash; size: number; facts: ReadonlyMap<string, string> },
): Pointer {
  const extra = new Map([...withoutOrigin(before?.extra ?? new Map()), ...originKeys(origin, facts)]);
  const length = [...extra].reduce((sum, [key, value]) => sum + Buffer.byteLength(`${key}: ${value}\n`), 0);
  // Room for the pointer's own keys, and for what is learned of the bytes.
  if (length > POINTER_CAP - 2048)
    throw new MvgitError(
      "usage",
      `the ${origin.kind === "command" ? "command" : "address"} is too long to be recorded with '${name}'`,
      { subject: name, hint: "put it into a script, which Git keeps, and freeze what that prints" },
    );
  const pointer = { hash, size, extra };
  formatPointer(pointer);
  return pointer;
}

interface Settled {
  origin: Origin;
  draft: Draft;
  facts: ReadonlyMap<string, string>;
  force: boolean;
}

async function settle(repo: Repo, target: Target, { origin, draft, facts, force }: Settled): Promise<FreezeReport> {
  const { path, before } = target;
  const pointer = pointerFor(target, origin, { ...draft, facts });
  if (!force) {
    await refuseChanges(repo, target).catch((error: unknown) => {
      dropDraft(draft);
      throw error;
    });
  }
  await landDraft(repo, draft);
  const displaced = await replaceTarget(repo, target, { ...draft, force });
  const isSame = before !== null && samePointer(before, pointer);
  // The same bytes from the same place are no news: the pointer tells since when they are so.
  if (!isSame || !sameOrigin(before.extra, pointer.extra)) await track(repo, new Map([[path, pointer]]));
  await repo.stats.save();
  const difference =
    before === null || isSame
      ? null
      : await compareData(
          { loader: loaderOf(repo), budget: null },
          {
            name: path,
            a: { path, hash: before.hash, size: before.size },
            b: { path, hash: draft.hash, size: draft.size },
          },
        );
  const change = isSame ? "unchanged" : "changed";
  return {
    path,
    source: origin.kind === "command" ? { command: origin.command, folder: origin.folder } : { url: origin.url },
    time: facts.get("time") as string,
    hash: draft.hash,
    size: draft.size,
    what: before === null ? "new" : change,
    before: before && { hash: before.hash, size: before.size },
    rows: difference?.files[0]?.rows ?? null,
    displaced,
  };
}

function sameOrigin(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  const text = (extra: ReadonlyMap<string, string>): string =>
    JSON.stringify([...extra].filter(([key]) => key !== "source.time").toSorted());
  return text(a) === text(b);
}
