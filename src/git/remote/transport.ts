/** What a way to a remote repository must do, and what each is told. */
import type { Clock } from "../../base/clock.ts";
import type { RetryPolicy } from "../../base/retry.ts";
import type { FoundObject } from "../objects.ts";
import type { GitRef, Oid } from "../reader.ts";
import type { Environment } from "../run.ts";
import type { Credentials } from "./address.ts";

export interface Transport {
  /**
   * Refs whose full name begins with one of the prefixes, all when there is none; HEAD among them as `HEAD`. All are
   * those of now; some may be of the last list of all, where a server can send no others.
   */
  list(prefixes: readonly string[]): Promise<GitRef[]>;
  /**
   * Brings objects that are not here yet: a tag with its commit, a commit with its trees and without its history,
   * perhaps blobs. False when the server has no such object; the others of the same call may then be missing too.
   */
  fetch(oids: readonly Oid[]): Promise<boolean>;
  /** An object that was brought, without its bytes where it has more than `cap`; null for any other. */
  object(oid: Oid, cap: number): Promise<FoundObject | null>;
  close(): void;
}

export interface RemoteOptions {
  /** `MVGIT_GIT_TOKEN` and `MVGIT_GIT_USER` are read; the git program sees all of it. */
  env: Environment;
  /** Folders are relative to it. */
  cwd: string;
  signal: AbortSignal;
  clock: Clock;
  /** Lets plain `http://` be used beyond loopback; credentials are not sent over it all the same. */
  insecure?: boolean;
  /** Asked once, when the server wants to know who it is, before the environment and Git's credential helpers. */
  credentials?: (url: string) => Promise<Credentials | null>;
  /** Milliseconds without a byte that end a request; default 60,000. */
  inactivityMs?: number;
  /** Bytes, over HTTP, that all that is fetched may take, packed; unpacked four times as many. Default 256 MiB. */
  maxBytes?: number;
  /** How often and how long a request that failed by the network is tried again. */
  retry?: RetryPolicy;
}
