/** What `doctor --remote` asks Azure: who am I there, and which permissions do I lack. Nothing is changed by asking. */
import { uniqueName } from "../../../base/clock.ts";
import { isMvgitError } from "../../../base/errors.ts";
import type { AccessReport } from "../../bucket.ts";
import { inspectAccess, type Permission } from "../../cloud/access.ts";
import type { AzurePlace } from "./address.ts";
import type { AzureService, Call } from "./service.ts";

/** A permission, and a request that takes it and no other. */
interface Probe {
  use: string;
  /** In a role: what is behind `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/`. */
  action: "read" | "write" | "delete";
  role: string;
  /** In a shared access signature. */
  letter: string;
  call(service: AzureService, name: string): Omit<Call, "action">;
}

const READER = "Storage Blob Data Reader";
const CONTRIBUTOR = "Storage Blob Data Contributor";
/** No object has it: what asks for it is refused after the permission was looked at. */
const NO_VERSION = '"0x0"';

/** The listing comes first: it shows whether the container is there. */
const PROBES: readonly Probe[] = [
  {
    use: "list objects (push, pull, fsck)",
    action: "read",
    role: READER,
    letter: "l",
    call: (service, name) => ({
      method: "GET",
      url: service.url("", { restype: "container", comp: "list", maxresults: "1", prefix: name }),
      accept: [200],
      document: "EnumerationResults",
    }),
  },
  {
    use: "read objects (pull)",
    action: "read",
    role: READER,
    letter: "r",
    call: (service, name) => ({ method: "HEAD", url: service.url(name), accept: [200, "BlobNotFound"] }),
  },
  {
    use: "make objects (push)",
    action: "write",
    role: CONTRIBUTOR,
    letter: "w",
    call: (service, name) => ({
      method: "PUT",
      url: service.url(name, { comp: "blocklist" }),
      accept: ["ConditionNotMet", "BlobNotFound"],
      headers: { "content-type": "application/xml", "if-match": NO_VERSION },
      body: [Buffer.from('<?xml version="1.0" encoding="utf-8"?><BlockList></BlockList>')],
    }),
  },
  {
    use: "delete objects (gc, push --repair)",
    action: "delete",
    role: CONTRIBUTOR,
    letter: "d",
    call: (service, name) => ({
      method: "DELETE",
      url: service.url(name),
      accept: ["BlobNotFound", "ConditionNotMet"],
      headers: { "if-match": NO_VERSION },
    }),
  },
];

export function inspectAzure(service: AzureService, { account, container, prefix }: AzurePlace): Promise<AccessReport> {
  return inspectAccess({
    bucket: `${account}/${container}`,
    needed: PROBES.map((probe) => permissionOf(probe, service)),
    identity: () => service.signIn.identity(),
    granted: () => grantedIn(service, prefix),
  });
}

function permissionOf(probe: Probe, service: AzureService): Permission {
  const { use, role, letter } = probe;
  const permission = nameOf(probe);
  if (service.signIn.by !== "sas") return { permission, use, role };
  return { permission, use, role, advice: `the shared access signature lacks '${letter}': ask for one with 'rlwd'` };
}

/** Two uses of one action are told apart by the letters of signatures. */
function nameOf({ action, letter }: Probe): string {
  return letter === "l" ? `${actionName(action)} (list)` : actionName(action);
}

function actionName(action: Probe["action"]): string {
  return `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${action}`;
}

/** Throws where the container does not answer, or lets this caller do nothing at all. */
async function grantedIn(service: AzureService, prefix: string): Promise<Set<string>> {
  const granted = new Set<string>();
  const name = `${prefix === "" ? "" : `${prefix}/`}mvgit-doctor-${uniqueName()}`;
  const refusals: unknown[] = [];
  for (const probe of PROBES) {
    try {
      await service.call({ ...probe.call(service, name), action: `be sure to ${probe.use.replace(/ \(.*$/, "")}` });
      granted.add(nameOf(probe));
    } catch (error) {
      if (!isMvgitError(error, "access-denied")) throw error;
      refusals.push(error);
    }
  }
  if (granted.size === 0) throw refusals[0];
  return granted;
}
