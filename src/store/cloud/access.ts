/** Lines of `doctor --remote` that every cloud has: who asks, whether the bucket answers, what is not permitted. */
import { MvgitError } from "../../base/errors.ts";
import type { AccessReport } from "../bucket.ts";

type Check = AccessReport["checks"][number];

/** A permission that mvgit uses. */
export interface Permission {
  permission: string;
  /** As in "may USE". */
  use: string;
  /** One that has it, as to ask for; absent where policies name permissions. */
  role?: string;
  /** Where another thing than a role is to be asked for. */
  advice?: string;
}

export interface Inspection {
  bucket: string;
  needed: readonly Permission[];
  /** Who this is. */
  identity(): Promise<string>;
  /** Of those needed; null where the service does not tell. Throws where the bucket does not answer. */
  granted(): Promise<ReadonlySet<unknown> | null>;
  /** Of those needed, once `granted` has answered: what can be told only when another one is there. */
  untold?: ReadonlySet<unknown>;
}

/** Never throws for what the report can say: no credentials, no bucket, no network, no permission. */
export async function inspectAccess(inspection: Inspection): Promise<AccessReport> {
  const { bucket, identity, granted } = inspection;
  const who = await asCheck("signed in", identity);
  const name = who.value ?? "nobody";
  if (!who.check.ok) return { identity: name, checks: [who.check] };
  const asked = await asCheck(`bucket '${bucket}' answers`, granted);
  if (asked.value === undefined) return { identity: name, checks: [asked.check] };
  return { identity: name, checks: [asked.check, ...permissionChecks(asked.value, inspection)] };
}

async function asCheck<T>(what: string, question: () => Promise<T>): Promise<{ check: Check; value?: T }> {
  try {
    return { value: await question(), check: { what, ok: true } };
  } catch (error) {
    if (!(error instanceof MvgitError) || error.code === "interrupted") throw error;
    return { check: { what, ok: false, advice: error.hint ? `${error.message}; ${error.hint}` : error.message } };
  }
}

function permissionChecks(granted: ReadonlySet<unknown> | null, { needed, bucket, untold }: Inspection): Check[] {
  if (granted === null) return [{ what: "permissions (this endpoint does not tell them)", ok: true }];
  const told = needed.filter(({ permission }) => !untold?.has(permission));
  return told.map(({ permission, use, role, advice }) => {
    const what = `may ${use}`;
    if (granted.has(permission)) return { what, ok: true };
    const asked = role === undefined ? "a policy that allows it" : `the role ${role}`;
    const ask = `'${permission}' is missing: ask for ${asked} on bucket '${bucket}'`;
    return { what, ok: false, advice: advice ?? ask };
  });
}
