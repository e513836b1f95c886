/** What `doctor --remote` asks Google: who am I there, and which permissions do I lack. */
import type { AccessReport } from "../../bucket.ts";
import { inspectAccess, type Permission } from "../../cloud/access.ts";
import type { GcsApi } from "./api.ts";

const NEEDED: readonly Permission[] = [
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
];

export function inspectGcs(api: GcsApi, bucket: string): Promise<AccessReport> {
  return inspectAccess({
    bucket,
    needed: NEEDED,
    identity: () => api.signIn.identity(),
    granted: () => grantedPermissions(api),
  });
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
