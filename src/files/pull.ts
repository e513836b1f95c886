/** `mvgit pull`: fetch, then check out. */
import type { Repo } from "../repo/repo.ts";
import { checkout, type CheckoutReport } from "./checkout.ts";
import { fetch, type FetchReport } from "./fetch.ts";

export interface PullRequest {
  paths: readonly string[];
  remote?: string;
  /** Fetches what any ref needs. */
  all?: boolean;
  force?: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

export interface PullReport {
  fetch: FetchReport;
  /** Null when something could not be fetched: then the work tree is left as it is. */
  checkout: CheckoutReport | null;
}

/** Throws what `fetch` and `checkout` throw. */
export async function pull(repo: Repo, { paths, force, ...rest }: PullRequest): Promise<PullReport> {
  const fetched = await fetch(repo, { paths, ...rest });
  if (fetched.lacking.length > 0) return { fetch: fetched, checkout: null };
  return {
    fetch: fetched,
    checkout: await checkout(repo, { paths, jobs: rest.jobs, ...(force === undefined ? {} : { force }) }),
  };
}
