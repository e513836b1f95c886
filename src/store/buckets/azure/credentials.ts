/** What the environment names to sign in with, each for one account alone. */
import { isMvgitError, MvgitError } from "../../../base/errors.ts";
import { loadSdk } from "../../cloud/sdk.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Sdk = typeof import("@azure/storage-blob");
export type KeyCredential = InstanceType<Sdk["StorageSharedKeyCredential"]>;

export type Named =
  /** Signs each request; `service` where a connection string says where the account is. */
  | { by: "key"; key: KeyCredential; service?: string }
  /** A query that goes with each request, without a question mark. */
  | { by: "sas"; sas: string; service?: string };

export interface FoundInEnvironment {
  named: Named | null;
  /** Why what is there does not count, for whoever is not signed in. */
  passedOver: string[];
}

/**
 * A connection string, a shared access signature or a key. One that was made for another account is passed over: an
 * address may come from a repository. Throws `setting-invalid`, never with a value.
 */
export async function credentialsIn(env: Environment, account: string): Promise<FoundInEnvironment> {
  const passedOver: string[] = [];
  const connection = env["AZURE_STORAGE_CONNECTION_STRING"];
  if (connection) {
    const found = await connectionOf(connection);
    if (found.account === account) return { named: found.named, passedOver };
    passedOver.push(`AZURE_STORAGE_CONNECTION_STRING is for the account '${found.account}'`);
  }
  for (const name of ["AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_KEY"] as const) {
    const value = env[name];
    if (!value) continue;
    if (env["AZURE_STORAGE_ACCOUNT"] !== account) {
      passedOver.push(`${name} counts only for the account that AZURE_STORAGE_ACCOUNT names`);
      continue;
    }
    if (name === "AZURE_STORAGE_SAS_TOKEN") return { named: { by: "sas", sas: signatureOf(name, value) }, passedOver };
    return { named: { by: "key", key: await keyOf(account, value) }, passedOver };
  }
  return { named: null, passedOver };
}

interface Connection {
  account: string;
  named: Named;
}

async function connectionOf(text: string): Promise<Connection> {
  const name = "AZURE_STORAGE_CONNECTION_STRING";
  const { BlobServiceClient, StorageSharedKeyCredential } = await loadStorage();
  return orInvalid(name, "a connection string", () => {
    const client = BlobServiceClient.fromConnectionString(text);
    const url = new URL(client.url);
    const service = `${url.origin}${url.pathname.replace(/\/$/, "")}`;
    const { credential } = client;
    const account = client.accountName;
    if (credential instanceof StorageSharedKeyCredential)
      return { account, named: { by: "key", key: credential, service } };
    return { account, named: { by: "sas", sas: signatureOf(name, url.search), service } };
  });
}

async function keyOf(account: string, value: string): Promise<KeyCredential> {
  const { StorageSharedKeyCredential } = await loadStorage();
  return orInvalid("AZURE_STORAGE_KEY", "the key of an account", () => {
    if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(value)) throw new Error("not base64");
    return new StorageSharedKeyCredential(account, value);
  });
}

function signatureOf(name: string, value: string): string {
  const text = value.replace(/^\?/, "");
  const query = new URLSearchParams(text);
  if (query.has("sig") && query.has("sv") && !/[\s#\u0000-\u0020\u007f]/.test(text)) return text;
  throw invalid(name, "a shared access signature");
}

/** What the library says of a value that it cannot read may hold the value. */
function orInvalid<T>(name: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isMvgitError(error) ? error : invalid(name, what);
  }
}

/** What prints one. */
const PRINTED_BY: Readonly<Record<string, string>> = {
  AZURE_STORAGE_CONNECTION_STRING: "az storage account show-connection-string",
  AZURE_STORAGE_SAS_TOKEN: "az storage container generate-sas",
  AZURE_STORAGE_KEY: "az storage account keys list",
};

function invalid(name: string, what: string): MvgitError {
  return new MvgitError("setting-invalid", `the environment variable ${name} does not hold ${what}`, {
    subject: name,
    hint: `copy it anew, as '${PRINTED_BY[name]}' prints it`,
  });
}

function loadStorage(): Promise<Sdk> {
  return loadSdk(() => import("@azure/storage-blob"), "az://ACCOUNT/CONTAINER/PREFIX", ["@azure/storage-blob@12.32"]);
}
