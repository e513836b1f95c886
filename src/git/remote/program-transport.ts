/** A repository over SSH or in a folder, through the git program and a temporary bare repository. */
import { tmpdir } from "node:os";
import { pattern } from "../../base/pattern.ts";
import { discardTree } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { makeScratchFolder } from "../../base/scratch-folder.ts";
import { inGroups } from "../../base/tasks.ts";
import { absentObjects, objectSizes, readObject, readObjects } from "../program/cat-file.ts";
import { readRefusal } from "../host-words.ts";
import { brokenRef, type FoundObject, type GitObject, isOid } from "../objects.ts";
import type { GitRef, Oid } from "../reader.ts";
import { type Environment, type GitAnswer, runGit } from "../run.ts";
import type { GitAddress } from "./address.ts";
import { isNotOurs } from "./pkt-line.ts";
import type { RemoteOptions, Transport } from "./transport.ts";

/**
 * No setting of the user's, nor anything of the other side, makes git run or fetch more than it is told, or hold a
 * large blob in memory.
 */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "fetch.recurseSubmodules=false",
  "fetch.pruneTags=false",
  "core.bigFileThreshold=16m",
];
/** Of the environment: what would lead git to another repository. */
const LEADS_AWAY = pattern()`
  ^GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|
  PREFIX|CONFIG|QUARANTINE_PATH|SHALLOW_FILE)$`;
const SSH = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4";

/** What is read before it is asked for: bytes of one object, objects of one start of git, and objects in memory. */
const AHEAD = { size: 64 * 1024, together: 500, most: 50_000 };

type ProgramAddress = GitAddress & { transport: "ssh" | "file" };

/**
 * One repository that is fetched from; `close` it in every case. Throws `access-denied`, `remote-missing`,
 * `remote-unavailable`, `git-failed`, and the signal's reason.
 */
export class ProgramTransport implements Transport {
  readonly #address: ProgramAddress;
  readonly #options: RemoteOptions;
  readonly #env: Environment;
  readonly #dir: string;
  /** Small objects that were asked for together, so that not each is a start of git. */
  readonly #ahead = new Map<Oid, GitObject>();
  /** As last listed. */
  #refs: GitRef[] = [];
  /** The fetch under way: two at once would stand in each other's way. */
  #fetching: Promise<unknown> = Promise.resolve();

  private constructor(address: ProgramAddress, options: RemoteOptions, env: Environment) {
    this.#address = address;
    this.#options = options;
    this.#dir = makeScratchFolder("mvgit-git");
    this.#env = { ...env, GIT_DIR: this.#dir };
  }

  /** Lists the refs, and makes a repository of the same kind to fetch into; `close` removes it. */
  static async open(address: ProgramAddress, options: RemoteOptions): Promise<ProgramTransport> {
    let transport: ProgramTransport;
    try {
      transport = new ProgramTransport(address, options, await environment(address, options));
    } catch (error) {
      throw fromSystem(error, "make a temporary repository", tmpdir());
    }
    try {
      transport.#refs = await transport.#listAll();
      const format = transport.#refs[0]?.oid.length === 64 ? "sha256" : "sha1";
      await transport.#git(["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, transport.#dir]);
      return transport;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  async #listAll(): Promise<GitRef[]> {
    const { stdout } = await this.#reach(["ls-remote", "--quiet", "--", this.#address.url]);
    const refs: GitRef[] = [];
    for (const line of stdout
      .toString("utf8")
      .split("\n")
      .filter((each) => each !== "")) {
      const [oid = "", name = ""] = line.split("\t");
      if (!isOid(oid)) throw brokenRef(name);
      const tag = refs.at(-1);
      if (name.endsWith("^{}") && tag) tag.peeled = oid;
      else refs.push({ name, oid, peeled: oid });
    }
    return refs;
  }

  async list(prefixes: readonly string[]): Promise<GitRef[]> {
    // git lists all or nothing, with a connection for each list.
    if (prefixes.length === 0) return (this.#refs = await this.#listAll());
    return this.#refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
  }

  async fetch(oids: readonly Oid[]): Promise<boolean> {
    const wanted = [...new Set(oids)].filter((oid) => !this.#ahead.has(oid));
    const fetched = this.#fetching.then(() => this.#fetchMissing(wanted));
    this.#fetching = fetched.catch(() => {});
    if (!(await fetched)) return false;
    await this.#readAhead(wanted);
    return true;
  }

  async #fetchMissing(wanted: readonly Oid[]): Promise<boolean> {
    const missing = [...(await absentObjects(wanted, this.#place))];
    if (missing.length === 0) return true;
    const args = [
      "fetch",
      "--quiet",
      "--depth=1",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-recurse-submodules",
      "--stdin",
      "--",
      this.#address.url,
    ];
    try {
      await this.#reach(args, `${missing.join("\n")}\n`);
      return true;
    } catch (error) {
      if (isNotOurs(error)) return false;
      throw error;
    }
  }

  async object(oid: Oid, cap: number): Promise<FoundObject | null> {
    const ahead = this.#ahead.get(oid);
    if (ahead === undefined) return readObject(oid, cap, this.#place);
    return ahead.bytes.length > cap ? { type: ahead.type, bytes: null } : ahead;
  }

  get #place(): { cwd: string; env: Environment } {
    return { cwd: this.#dir, env: this.#env };
  }

  /** One object alone is read when it is asked for. */
  async #readAhead(oids: readonly Oid[]): Promise<void> {
    if (oids.length < 2) return;
    const sizes = await objectSizes(oids, this.#place);
    for await (const group of inGroups(
      oids.filter((_, index) => (sizes[index] as number) <= AHEAD.size),
      AHEAD.together,
    )) {
      const objects = await readObjects(group, this.#place);
      // Bytes of one answer of git's are one buffer, which a part of it would hold.
      for (const [index, { type, bytes }] of objects.entries())
        this.#ahead.set(group[index] as Oid, { type, bytes: Buffer.from(bytes) });
    }
    for (const oid of this.#ahead.keys()) {
      if (this.#ahead.size <= AHEAD.most) break;
      this.#ahead.delete(oid);
    }
  }

  /** As `#git`, where the failure may be the other side's. */
  async #reach(args: readonly string[], input?: string): Promise<GitAnswer> {
    try {
      return await this.#git(args, input === undefined ? {} : { input });
    } catch (error) {
      if (!isMvgitError(error, "git-failed") || isNotOurs(error)) throw error;
      throw failure(this.#address, error);
    }
  }

  #git(args: readonly string[], call: { input?: string; answers?: readonly number[] } = {}): Promise<GitAnswer> {
    const settings = SETTINGS.flatMap((setting) => ["-c", setting]);
    return runGit([...settings, ...args], { cwd: this.#dir, env: this.#env, signal: this.#options.signal, ...call });
  }

  close(): void {
    discardTree(this.#dir);
  }
}

/** The user's own, without what leads elsewhere; only the address's own protocol is spoken, whatever settings say. */
async function environment({ transport }: ProgramAddress, { env, signal }: RemoteOptions): Promise<Environment> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !LEADS_AWAY.test(name)));
  const base: Environment = {
    ...kept,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ALLOW_PROTOCOL: transport,
    GIT_TERMINAL_PROMPT: "0",
  };
  if (transport !== "ssh" || env["GIT_SSH_COMMAND"] !== undefined || env["GIT_SSH"] !== undefined) return base;
  const own = await runGit(["config", "--global", "--get", "core.sshCommand"], {
    cwd: tmpdir(),
    env: base,
    answers: [0, 1],
    signal,
  });
  return own.status === 0 ? base : { ...base, GIT_SSH_COMMAND: SSH };
}

function failure({ transport, shown }: ProgramAddress, error: MvgitError): MvgitError {
  const detail = { subject: shown, cause: error };
  if (/permission denied|host key verification failed|authentication/i.test(error.message)) {
    return new MvgitError("access-denied", `cannot read '${shown}': ${readRefusal(error).why}`, {
      ...detail,
      hint: "check with 'git ls-remote' that you may read it",
    });
  }
  if (/does not appear to be a git repository|not found|does not exist/i.test(error.message)) {
    return new MvgitError("remote-missing", `there is no Git repository at '${shown}'`, {
      ...detail,
      hint: "check the address",
    });
  }
  if (transport === "file") return error;
  return new MvgitError("remote-unavailable", `cannot reach '${shown}': ${readRefusal(error).why}`, {
    ...detail,
    hint: "check with 'git ls-remote' that it answers",
  });
}
