/** What `doctor --remote` finds on a server: whether it answers, and lets this account read, write, name and flush. */
import { fallsShort } from "../../../base/disk.ts";
import { isMvgitError } from "../../../base/errors.ts";
import { firstOf } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { AccessReport } from "../../bucket.ts";
import { TEMPORARY } from "../../folder-layout.ts";
import type { SftpClient } from "./client.ts";
import { overwrites } from "./failures.ts";
import { entriesOf } from "./listing.ts";
import { type Attributes, TYPE } from "./packets.ts";
import { canFlush, type Target } from "./upload.ts";

type Check = AccessReport["checks"][number];
/** A folder of the remote with what is known of it. */
type Known = [name: string, attributes: Attributes];

export interface Inspection {
  /** In the remote's folder, in which others write, too. */
  folders: readonly string[];
  identity: (() => Promise<string>) | undefined;
}

/** Never throws for what the report can say. */
export async function inspectServer(target: Target, inspection: Inspection): Promise<AccessReport> {
  const { connection, folder } = target;
  const identity = (await inspection.identity?.()) ?? "the account that 'ssh' signs in";
  const checks: Check[] = [];
  /** `question`: what to do where it is not well, else null. */
  const check = async (what: string, question: () => Promise<string | null>): Promise<boolean> => {
    const advice = await advised(question);
    checks.push(advice === null ? { what, ok: true } : { what, ok: false, advice });
    return advice === null;
  };
  const well = (work: () => Promise<unknown>) => () => work().then(() => null);
  const isReadable =
    (await check(
      "the server answers",
      well(() => connection.client()),
    )) &&
    (await check(
      "folder exists",
      well(() => connection.use((client) => folder.mustExist(client))),
    )) &&
    (await check(
      "may be read",
      well(() => entriesOf(target, "")),
    ));
  if (!isReadable) return { identity, checks };
  await check("may be written", () => connection.use((client) => closed(target, client, inspection.folders)));
  await check("may be written by all who share it", () =>
    connection.use((client) => unshared(target, client, inspection.folders)),
  );
  await check("names that are taken are refused", () => connection.use((client) => unsafe(target, client)));
  await check("a file is replaced in one step", async () => {
    const client = await connection.client();
    target.naming.mustReplace(client);
    return null;
  });
  await check("what is written is flushed", async () =>
    canFlush(await connection.client())
      ? null
      : "the server cannot flush (fsync@openssh.com): what was pushed may be lost when its power fails soon after",
  );
  return { identity, checks };
}

async function advised(question: () => Promise<string | null>): Promise<string | null> {
  try {
    return await question();
  } catch (error) {
    if (!isMvgitError(error) || error.code === "interrupted" || error.code === "bug") throw error;
    return error.hint ? `${error.message}; ${error.hint}` : error.message;
  }
}

/** Makes a file in `tmp`, as a push does, and looks at the folders that others made. */
async function closed(target: Target, client: SftpClient, folders: readonly string[]): Promise<string | null> {
  const { folder } = target;
  const user = await folder.doing(client, "write a file", async () => {
    const file = folder.newTemporary();
    const handle = await folder.openNew(client, file, 0o600);
    const [{ owner }] = await Promise.all([
      client.attributes(TYPE.fstat, handle),
      client.perform(TYPE.close, handle),
      folder.discard(client, file),
    ]);
    return owner?.user ?? 0;
  });
  // Of which groups this account is the server does not tell.
  const mayWrite = ({ mode, owner }: Attributes): boolean =>
    user === 0 || mode === null || (mode & (owner?.user === user ? 0o200 : 0o022)) !== 0;
  const found = (await known(target, client, folders)).filter(([, attributes]) => !mayWrite(attributes));
  if (found.length === 0) return null;
  return prose`you cannot write in ${namesOf(found)}: ask its owner for write access, if you push (in a shared folder:
    'chmod -R g+ws' of the whole folder)`;
}

async function unshared(target: Target, client: SftpClient, folders: readonly string[]): Promise<string | null> {
  const rights = await target.folder.rights(client);
  if (rights.folders === 0) return null;
  const found = (await known(target, client, [...folders, TEMPORARY])).filter(([, { mode, owner }]) =>
    fallsShort({ mode: mode ?? 0, gid: owner?.group ?? -1 }, rights),
  );
  return found.length === 0 ? null : `others cannot write in ${namesOf(found)}: run 'chmod -R g+ws' there`;
}

function namesOf(folders: readonly Known[]): string {
  return firstOf(folders.map(([name]) => name));
}

/** The folders of these names that are there, with those in them. */
async function known(target: Target, client: SftpClient, folders: readonly string[]): Promise<Known[]> {
  const found: Known[] = [];
  for (const name of folders) {
    const attributes = await target.folder.lookAt(client, name);
    if (attributes?.kind !== "folder") continue;
    found.push([name, attributes]);
    for (const inner of await entriesOf(target, `${name}/`))
      if (inner.attributes.kind === "folder") found.push([`${name}/${inner.name}`, inner.attributes]);
  }
  return found;
}

/** Tries it out in `tmp`: the second file must not get the name of the first. */
async function unsafe({ folder, naming }: Target, client: SftpClient): Promise<string | null> {
  const [one, other] = [folder.newTemporary(), folder.newTemporary()];
  return folder.doing(client, "give a file a name", async () => {
    for (const each of [one, other]) await client.perform(TYPE.close, await folder.openNew(client, each, 0o600));
    const found = await naming.claim(client, { temporary: one, name: other });
    await folder.discard(client, other);
    return found === null ? (overwrites(folder.where).hint ?? null) : null;
  });
}
