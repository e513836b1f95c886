/** What this clone has seen of stages, kept beside Git's own things: a tag that is pruned or lost later is noticed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { shellName } from "../../base/shell.ts";
import type { GitRef } from "../../git/reader.ts";
import { asLabel, type Label } from "../../values/label.ts";
import { formatSeen, nothingSeen, readSeen, type Seen, SEEN_CAP } from "../../values/seen.ts";
import { readStages } from "../../values/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { stageName, type StageOf } from "../../registry/chain.ts";
import { type ChainOf, chainName, chainTags } from "../../registry/chain-of.ts";
import { eventTags, type Resolved } from "../../registry/labels.ts";
import type { Memory } from "../../registry/look.ts";
import { resolve } from "../../registry/resolve.ts";
import { checkLinks } from "../../registry/seen-events.ts";
import { cloneFile } from "../../values/own-files.ts";
import { enforceHere } from "./judge.ts";
import { unfinishedMove } from "../unfinished.ts";

function fileOf(repo: Repo): string {
  return cloneFile(repo.git.place, "seen.json");
}

function read(repo: Repo): Seen {
  const bytes = readUpTo(fileOf(repo), SEEN_CAP);
  const seen = bytes === null ? nothingSeen() : readSeen(bytes.toString("utf8"));
  if (seen) return seen;
  throw new MvgitError(
    "file-unreadable",
    `'${display(fileOf(repo))}', which keeps what this clone has seen of stages, cannot be read`,
    { subject: display(fileOf(repo)), hint: "if nobody else changed it, remove it" },
  );
}

function write(repo: Repo, seen: Seen): void {
  makeFolder(join(fileOf(repo), ".."));
  replaceFile(fileOf(repo), formatSeen(seen));
}

/** Throws `chain-broken` where an event or remark that was here before is not any more, or is another one. */
export function checkSeen(repo: Repo, of: ChainOf, refs: readonly GitRef[]): void {
  const seen = read(repo);
  const known = seen.events.get(chainName(of));
  const ref = known && shellName(`refs/tags/${chainName(of)}#${known.event}`);
  const back = known?.tag ? `'git update-ref ${ref} ${known.tag}' brings it back as long as Git has the object; ` : "";
  checkLinks(seen, of, {
    tags: chainTags(refs, of),
    hint: prose`${back}'git fetch --tags' or another clone may have it; what moves stages and remarks on versions goes
        on without it with '--accept-older'`,
  });
}

/** As `checkSeen`, in words; null where all of it is here. */
export function lostSince(repo: Repo, of: ChainOf, refs: readonly GitRef[]): string | null {
  try {
    checkSeen(repo, of, refs);
    return null;
  } catch (error) {
    if (isMvgitError(error, "chain-broken")) return error.message;
    throw error;
  }
}

/** Every stage that this clone saw an event of, every version that it saw a remark on, and the newest that it saw. */
export function chainsSeen(repo: Repo): { of: ChainOf; newest: number }[] {
  return [...read(repo).events].flatMap(([name, { event: newest }]) => {
    const label = asLabel(name);
    if (label === null || label.kind === "latest") return [];
    const { model } = label;
    const of = label.kind === "stage" ? { model, stage: label.stage } : { model, version: label.version };
    return [{ of, newest }];
  });
}

/**
 * Keeps the newest event of the stage, or remark on the version; where nothing may be written, nothing is kept.
 * `isMade`: by the command that made it; to others the tag of a move under way is nothing that was seen, since it goes
 * again when the host does not take it.
 */
export function rememberSeen(repo: Repo, of: ChainOf, refs: readonly GitRef[], { isMade = false } = {}): void {
  const newest = [...chainTags(refs, of)].at(-1);
  if (newest !== undefined && !isMade && unfinishedMove(repo)?.ref === `refs/tags/${chainName(of)}#${newest[0]}`)
    return;
  const seen = read(repo);
  const known = seen.events.get(chainName(of));
  if (
    newest === undefined ||
    (known?.event === newest[0] && known.tag === newest[1]) ||
    !isWritable(repo.git.place.commonDir)
  )
    return;
  seen.events.set(chainName(of), { event: newest[0], tag: newest[1] });
  write(repo, seen);
}

/** For a chain whose change was told, and is to be gone on with. */
export function forgetSeen(repo: Repo, of: ChainOf): void {
  const seen = read(repo);
  if (seen.events.delete(chainName(of))) write(repo, seen);
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What this clone has seen, as a registry asks for it. */
export function memoryOf(repo: Repo): Memory {
  return {
    check: (of, refs) => checkSeen(repo, of, refs),
    lost: (of, refs) => lostSince(repo, of, refs),
    remember: (of, refs) => rememberSeen(repo, of, refs),
    stages: () => chainsSeen(repo).flatMap(({ of }) => (of.stage === undefined ? [] : [of])),
  };
}

/** As `resolveLabel`, in this clone, held against what it has seen. */
export async function resolveHere(repo: Repo, refs: readonly GitRef[], label: Label): Promise<Resolved> {
  const means = {
    memory: async () => memoryOf(repo),
    enforce: (stage: Label & { kind: "stage" }) => enforceHere(repo, stage, refs),
  };
  return resolve({ git: repo.git, refs, means }, label);
}

/**
 * Throws `chain-broken` where `stages.yaml` was written after an event of the stage that is not known: whoever lost it
 * must not give its number to another. `text`: the file's; one that cannot be read says nothing.
 */
export async function checkWritten(text: string | null, of: StageOf, refs: readonly GitRef[]): Promise<void> {
  const lines = await readStages(text ?? "").catch((error: unknown) => {
    if (isMvgitError(error, "setting-invalid")) return [];
    throw error;
  });
  const written = lines.find((line) => line.model === of.model && line.stage === of.stage)?.event ?? 0;
  const newest = [...eventTags(refs, of).keys()].at(-1) ?? 0;
  if (written <= newest) return;
  const known = newest === 0 ? "none" : `event ${newest}`;
  throw new MvgitError(
    "chain-broken",
    `'stages.yaml' was written after event ${written} of ${stageName(of)}, and the newest that is known is ${known}`,
    {
      subject: stageName(of),
      hint: prose`its tag was deleted, or was never pushed: a clone that has it can push it again. If the file is
          wrong, 'mvgit stage check --write' makes it anew; '--accept-older' goes on as it is`,
    },
  );
}
