/** Linux's namespaces for tests: what another container, or another host, would be. */
import { spawnSync } from "node:child_process";

const tried = new Map<string, boolean>();

/** Whether `unshare` may make these here; else a test is skipped, and says so in its name. */
export function hasNamespaces(...flags: readonly string[]): boolean {
  const key = flags.join(" ");
  if (!tried.has(key)) tried.set(key, spawnSync("unshare", [...flags, "true"], { stdio: "ignore" }).status === 0);
  return tried.get(key) as boolean;
}

/** To be put before a test's name. */
export function skippedWithout(has: boolean): string {
  return has ? "" : " (skipped: 'unshare' makes no namespaces here)";
}

/**
 * As first process of a PID namespace with a /proc of its own, which ends with it: a container that has this host's
 * name.
 */
export const CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;
/** A host of another name on this kernel. */
export function onHost(name: string): string[] {
  return ["unshare", "--uts", "sh", "-c", `hostname '${name}' && exec "$@"`, "sh"];
}
