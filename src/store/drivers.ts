/**
 * The table of drivers: every kind of place in which blobs can be kept, and all that texts say of addresses.
 *
 * A new cloud is one folder of `buckets/` and one row here.
 */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { holdsCredentials, showAddress } from "../base/address.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { RemoteSettings } from "../values/settings.ts";
import type { OpenedBucket } from "./bucket.ts";
import { azure } from "./buckets/azure/driver.ts";
import { folder } from "./buckets/folder/driver.ts";
import { gcs } from "./buckets/gcs/driver.ts";
import { http } from "./buckets/http/driver.ts";
import { s3 } from "./buckets/s3/driver.ts";
import { sftp } from "./buckets/sftp/driver.ts";
import type { BucketContext, Driver, ObjectAddress, ObjectDriver } from "./driver.ts";

/** In the order in which texts name them. */
export const DRIVERS: readonly Driver[] = [gcs, s3, azure, sftp, http, folder];

/** How an address is written, in a sentence: `gs://BUCKET/PREFIX or a folder`. */
export const ADDRESS_FORMS = orList(DRIVERS.map(({ form }) => form));

/** The same with quotes round what can be typed: `'gs://BUCKET/PREFIX' or a folder`. */
export const QUOTED_FORMS = orList(DRIVERS.map(({ scheme, form }) => (scheme === null ? form : `'${form}'`)));

/** An address for examples in `--help`. */
export const EXAMPLE_ADDRESS = DRIVERS.map(({ example }) => example).find((example) => example !== null) as string;

/** Schemes of the addresses from which `freeze` takes objects. */
export const OBJECT_SCHEMES = DRIVERS.flatMap(({ scheme, objects }) => (objects && scheme !== null ? [scheme] : []));

/** Parts of `mvgit-remote.NAME.PART` that count only in Git's own configuration. */
const OWN_PARTS: ReadonlySet<string> = new Set(DRIVERS.flatMap(({ ownParts }) => ownParts));

/** Parts of `mvgit-remote.NAME.PART`, in lower case. */
export const REMOTE_PARTS: readonly string[] = [
  ...new Set(["url", ...DRIVERS.flatMap(({ parts, ownParts }) => [...parts, ...ownParts])]),
];

/** `a`, `a or b`, `a, b or c`. */
function orList(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), words.at(-1)].filter((part) => part !== "").join(" or ");
}

function driverOf(url: string): Driver {
  const driver = DRIVERS.find((each) => each.recognise(url) !== null);
  if (driver) return driver;
  const spellings = DRIVERS.flatMap((each) => each.spellings);
  throw new MvgitError("usage", `'${showAddress(url)}' is not the address of a remote`, {
    subject: showAddress(url),
    hint: `use ${spellings.slice(0, -1).join(", ")}, or ${spellings.at(-1)}`,
  });
}

/**
 * The address as settings keep it. Throws `usage` for one of no known kind, or with credentials in it: settings are
 * shown, and committed.
 */
export function normaliseAddress(url: string): string {
  if (!holdsCredentials(url)) return driverOf(url).recognise(url) as string;
  const message = `'${showAddress(url)}' holds credentials, which do not belong into the address of a remote`;
  // Of its own scheme, where that is one.
  const meant = DRIVERS.filter(({ scheme }) => scheme !== null && url.startsWith(scheme));
  const signIns = (meant.length > 0 ? meant : DRIVERS).flatMap(({ signIn }) => signIn ?? []);
  throw new MvgitError("usage", message, {
    subject: showAddress(url),
    hint: ["name it without them", ...signIns].join("; "),
  });
}

/**
 * As `normaliseAddress`, of what somebody typed in the folder `cwd`: what is no address, and no mistyped one with
 * credentials in it, is a folder; so is what is there as one. `me@host:path` and `s3:bucket` are no folders unless
 * they are there: a folder in the work tree would be made of an address that Git and `scp` know.
 */
export function typedAddress(typed: string, cwd: string): string {
  const isLike = holdsCredentials(typed) || /^[^/\\:]{2,}:/.test(typed);
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) || (isLike && !fs.existsSync(resolve(cwd, typed)));
  return normaliseAddress(isAddress ? typed : resolve(cwd, typed));
}

/** Whether asking the place takes a network; of a folder nobody can tell, and asking costs little. */
export function isOverNetwork(address: string): boolean {
  return driverOf(address).scheme !== null;
}

/** Whether a repository may name the place without its user's consent. */
export function isPlainBucket(url: string): boolean {
  return DRIVERS.some((driver) => driver.isPlain(url));
}

/** Whether a repository never sets this part of a remote. */
export function isOwnPart(part: string): boolean {
  return OWN_PARTS.has(part);
}

/**
 * Throws `usage` for settings that the driver of this address does not read, and for a value with credentials in it:
 * settings are shown, and committed.
 */
export function checkParts(url: string, options: Readonly<Record<string, string>>): void {
  const { form, parts, ownParts } = driverOf(url);
  const read = [...parts, ...ownParts];
  for (const [part, value] of Object.entries(options)) {
    if (!read.includes(part))
      throw new MvgitError("usage", `'${display(part)}' is no setting of ${form}`, {
        subject: display(part),
        hint: read.length === 0 ? "name 'encoding' or leave it out" : `name one of ${read.join(", ")}, encoding`,
      });
    if (parts.includes(part) && holdsCredentials(value))
      throw new MvgitError("usage", `'${part}=${showAddress(value)}' holds credentials, which do not belong there`, {
        subject: part,
        hint: "name it without them",
      });
  }
}

/** Whether an address is of a kind from which `freeze` takes objects. */
export function isObjectAddress(url: string): boolean {
  return OBJECT_SCHEMES.some((scheme) => url.startsWith(scheme));
}

/** The driver and the parts of an object's address. Throws `usage`. */
export function objectAt(url: string): { driver: ObjectDriver; object: ObjectAddress } {
  const driver = DRIVERS.find(({ scheme }) => scheme !== null && url.startsWith(scheme))?.objects;
  const object = driver?.split(url);
  if (driver && object) return { driver, object };
  throw new MvgitError("usage", `'${showAddress(url)}' does not name an object of a bucket`, {
    subject: showAddress(url),
    hint: `write ${orList(DRIVERS.flatMap(({ objects }) => (objects ? [`'${objects.form}'`] : [])))}`,
  });
}

/** Makes the place of a new remote where that costs nothing; true when it did. */
export async function preparePlace(url: string): Promise<boolean> {
  return (await driverOf(url).prepare?.(url)) ?? false;
}

/** Loads the driver and opens the bucket; no request is made yet. */
export function openBucket(settings: RemoteSettings, context: BucketContext): Promise<OpenedBucket> {
  return driverOf(settings.url).open(settings, context);
}
