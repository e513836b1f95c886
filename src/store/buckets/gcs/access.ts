/** What `doctor --remote` asks a bucket: who am I there, and which permissions do I lack. */
import { MvgitError } from "../../../base/errors.ts";
import type { AccessReport } from "../../bucket.ts";
import type { GcsApi } from "./api.ts";

type Check = AccessReport["checks"][number];

const NEEDED = [
  {
    permission: "storage.objects.get",
    use: "read objects (pull)",
    role: "Storage Object Viewer (roles/storage.objectViewer)",
  },
  {
    permission: "storage.objects.list",
    use: "list objects (push, pull, fsck)",
    role: "Storage Object Viewer (roles/storage.objectViewer)",
  },
  {
    permission: "storage.objects.create",
    use: "make objects (push)",
    role: "Storage Object Creator (roles/storage.objectCreator)",
  },
  {
    permission: "storage.objects.delete",
    use: "delete objects (gc, push --repair)",
    role: "Storage Object User (roles/storage.objectUser)",
  },
] as const;

/** Never throws for what the report can say: no credentials, no bucket, no network, no permission. */
export async function inspectAccess(api: GcsApi, bucket: string): Promise<AccessReport> {
  const who = await asCheck("signed in", () => api.signIn.identity());
  const identity = who.value ?? "nobody";
  if (!who.check.ok) return { identity, checks: [who.check] };
  const asked = await asCheck(`bucket '${bucket}' answers`, () => grantedPermissions(api));
  if (asked.value === undefined) return { identity, checks: [asked.check] };
  return { identity, checks: [asked.check, ...permissionChecks(asked.value, bucket)] };
}

async function asCheck<T>(what: string, question: () => Promise<T>): Promise<{ check: Check; value?: T }> {
  try {
    return { value: await question(), check: { what, ok: true } };
  } catch (error) {
    if (!(error instanceof MvgitError) || error.code === "interrupted") throw error;
    return { check: { what, ok: false, advice: error.hint ? `${error.message}; ${error.hint}` : error.message } };
  }
}

/** Null where the API (an emulator's) does not tell; then the bucket was at least listed. */
async function grantedPermissions(api: GcsApi): Promise<Set<unknown> | null> {
  const action = "ask for permissions";
  const url = api.url("/iam/testPermissions", { permissions: NEEDED.map(({ permission }) => permission) });
  const { status, json } = await api.call({
    method: "GET",
    url,
    action,
    accept: [200, 404, 405, 501],
    kind: "storage#testIamPermissionsResponse",
  });
  if (status === 200) return new Set(Array.isArray(json?.["permissions"]) ? json["permissions"] : []);
  await api.mustExist(action);
  return null;
}

function permissionChecks(granted: Set<unknown> | null, bucket: string): Check[] {
  if (granted === null) return [{ what: "permissions (this endpoint does not tell them)", ok: true }];
  return NEEDED.map(({ permission, use, role }) => {
    const what = `may ${use}`;
    if (granted.has(permission)) return { what, ok: true };
    return { what, ok: false, advice: `'${permission}' is missing: ask for the role ${role} on bucket '${bucket}'` };
  });
}
