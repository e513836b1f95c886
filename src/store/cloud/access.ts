/** Lines of `doctor --remote` that every cloud has: who asks, whether the bucket answers, what is not permitted. */
import { MvgitError } from "../../base/errors.ts";
import type { AccessReport } from "../bucket.ts";

type Check = AccessReport["checks"][number];

/** A permission that mvgit uses. */
export interface Permission {
  permission: string;
  /** As in "may USE". */
  use: string;
  /** One that has it, as to ask for. */
  role: string;
}

export interface Inspection {
  bucket: string;
  needed: readonly Permission[];
  /** Who this is. */
  identity(): Promise<string>;
  /** Of those needed; null where the service does not tell. Throws where the bucket does not answer. */
  granted(): Promise<ReadonlySet<unknown> | null>;
}

/** Never throws for what the report can say: no credentials, no bucket, no network, no permission. */
export async function inspectAccess({ bucket, needed, identity, granted }: Inspection): Promise<AccessReport> {
  const who = await asCheck("signed in", identity);
  const name = who.value ?? "nobody";
  if (!who.check.ok) return { identity: name, checks: [who.check] };
  const asked = await asCheck(`bucket '${bucket}' answers`, granted);
  if (asked.value === undefined) return { identity: name, checks: [asked.check] };
  return { identity: name, checks: [asked.check, ...permissionChecks(asked.value, needed, bucket)] };
}

async function asCheck<T>(what: string, question: () => Promise<T>): Promise<{ check: Check; value?: T }> {
  try {
    return { value: await question(), check: { what, ok: true } };
  } catch (error) {
    if (!(error instanceof MvgitError) || error.code === "interrupted") throw error;
    return { check: { what, ok: false, advice: error.hint ? `${error.message}; ${error.hint}` : error.message } };
  }
}

function permissionChecks(
  granted: ReadonlySet<unknown> | null,
  needed: readonly Permission[],
  bucket: string,
): Check[] {
  if (granted === null) return [{ what: "permissions (this endpoint does not tell them)", ok: true }];
  return needed.map(({ permission, use, role }) => {
    const what = `may ${use}`;
    if (granted.has(permission)) return { what, ok: true };
    return { what, ok: false, advice: `'${permission}' is missing: ask for the role ${role} on bucket '${bucket}'` };
  });
}
