/** The papers of one version, its bill of materials or provenance: read from packages and pointers alone. */
import { createHash } from "node:crypto";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { GitReader } from "../git/reader.ts";
import { cycloneDx } from "../values/bom/cyclonedx.ts";
import type { BomFacts, Parent } from "../values/bom/facts.ts";
import { inTotoStatement } from "../values/bom/in-toto.ts";
import type { Hash } from "../values/hash.ts";
import type { ModelName } from "../values/label.ts";
import { type DeclaredLicense, LICENSE_FILES, licenseOf } from "../values/license.ts";
import { type Origin, readOrigin } from "../values/origin.ts";
import type { Package, PackageFile } from "../values/package.ts";
import { POINTER_CAP, pointerPathOf, readPointer } from "../values/pointer.ts";
import { kinOf } from "./lineage/kin.ts";
import type { Look } from "./look.ts";
import { warningsOf } from "./remarks.ts";
import { resolveText } from "./resolve.ts";
import { verified } from "./verified-loader.ts";
import { nameOf, readVersions, type Version, type VersionRef } from "./versions.ts";
import { storedFiles } from "./whole.ts";

type BomForm = "cyclonedx" | "in-toto";

export interface BomRequest {
  form: BomForm;
  /** Reads all files of weights, and data that are single files, for their SHA-256. */
  sha256: boolean;
}

export interface BomReport {
  /** `MODEL@vN`, whatever was asked for. */
  label: string;
  form: BomForm;
  /** The same for the same version, on every machine that has the tags of what it came from. */
  document: { readonly [name: string]: unknown };
}

/** Bytes of a file in which a license may be declared. */
const LICENSE_CAP = 256 * 1024;

/**
 * Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`; with `sha256` what the loader throws,
 * and `blob-missing` where no store is open.
 */
export async function bomOf(look: Look, label: string, { form, sha256 }: BomRequest): Promise<BomReport> {
  const { found } = await resolveText(look, label);
  for (const text of warningsOf(found)) look.means.warn(text);
  const facts = await factsOf(look, found.version, sha256);
  const document = form === "cyclonedx" ? cycloneDx(facts, serialOf) : inTotoStatement(facts);
  return { label: nameOf(found.version), form, document };
}

/** What the papers and the card of a version are written from. */
export async function factsOf(look: Look, version: Version, sha256 = false): Promise<BomFacts> {
  const { packageHash, commit } = version;
  // Whoever names a file twice says the same of it.
  const once = (files: readonly PackageFile[]): PackageFile[] => [
    ...new Map(files.map((file) => [file.path as string, file])).values(),
  ];
  const pack = { ...version.pack, data: once(version.pack.data), weights: once(version.pack.weights) };
  return {
    pack,
    packageHash,
    commit,
    ...(await parentsOf(look, version)),
    origins: await originsOf(look.git, version),
    ...(sha256 ? await readFiles(look, pack) : { sha256: new Map(), inside: new Map() }),
    license: await declaredLicense(look.git, version),
  };
}

/** The version that it came from, and those that made its data: first by their names, then read whole. */
async function parentsOf(look: Look, version: Version): Promise<Pick<BomFacts, "from" | "makers">> {
  const { pack } = version;
  const { byName, makers } = await kinOf(look.git, look.refs);
  const from = pack.from === null ? null : { model: pack.model, version: pack.from };
  const ofData = pack.data.flatMap(({ path, hash }): { path: string; ref: VersionRef }[] => {
    const maker = makers.get(hash)?.[0];
    const isEarlier = maker !== undefined && maker.time <= Date.parse(pack.time) && nameOf(maker.ref) !== nameOf(pack);
    return isEarlier ? [{ path, ref: maker.ref }] : [];
  });
  const fromRef = from === null ? undefined : byName.get(nameOf(from))?.ref;
  const hashes = new Map<string, Hash>();
  for await (const reading of readVersions(look.git, [
    ...(fromRef === undefined ? [] : [fromRef]),
    ...ofData.map(({ ref }) => ref),
  ]))
    if (reading.kind === "version") hashes.set(nameOf(reading.version), reading.version.packageHash);
  const parent = (of: { model: ModelName; version: number }): Parent => ({
    model: of.model,
    version: of.version,
    packageHash: hashes.get(nameOf(of)) ?? null,
  });
  if (from !== null && !hashes.has(nameOf(from)))
    look.means.warn(
      `${nameOf(from)}, which ${nameOf(pack)} came from, is not here: it is named without its hash; ` +
        "'git fetch --tags' may bring it",
    );
  return {
    from: from && parent(from),
    makers: new Map(ofData.filter(({ ref }) => hashes.has(nameOf(ref))).map(({ path, ref }) => [path, parent(ref)])),
  };
}

/** What the pointers of data and weights say of where their bytes were frozen from. */
async function originsOf(git: GitReader, { pack, commit }: Version): Promise<BomFacts["origins"]> {
  const files = [...pack.data, ...pack.weights];
  const origins = new Map<string, Origin & { time: string }>();
  let at = 0;
  for await (const bytes of git.filesAt(
    files.map(({ path }) => ({ commit, path: pointerPathOf(path) })),
    POINTER_CAP,
  )) {
    const { path, hash } = files[at++] as PackageFile;
    const reading = bytes && readPointer(bytes);
    if (reading?.kind !== "pointer" || reading.pointer.hash !== hash) continue;
    const origin = readOrigin(reading.pointer.extra);
    if (origin !== null) origins.set(path, origin);
  }
  return origins;
}

async function declaredLicense(git: GitReader, { commit }: Version): Promise<DeclaredLicense | null> {
  const texts: [string, string | null][] = [];
  for await (const bytes of git.filesAt(
    LICENSE_FILES.map((path) => ({ commit, path })),
    LICENSE_CAP,
  ))
    texts.push([LICENSE_FILES[texts.length] as string, bytes?.toString("utf8") ?? null]);
  return licenseOf(texts);
}

/** Of weights every file, also in folders; of data files alone: a folder of millions is what a manifest is for. */
async function readFiles({ means }: Look, { data, weights }: Package): Promise<Pick<BomFacts, "sha256" | "inside">> {
  const sha256 = new Map<string, string>();
  const inside = new Map<string, PackageFile[]>();
  const loader = means.loader && verified(means.loader);
  for (const file of [...weights, ...data.filter(({ files }) => files === undefined)]) {
    if (loader === null) throw notOpen(file.path);
    const files: PackageFile[] = [];
    for await (const { path, hash, size } of storedFiles({ means: { ...means, loader } }, file)) {
      const sum = createHash("sha256");
      for await (const bytes of loader.read({ hash, size })) sum.update(bytes);
      sha256.set(path, sum.digest("hex"));
      files.push({ path: path as PackageFile["path"], hash, size });
    }
    if (file.files !== undefined) inside.set(file.path, files);
  }
  return { sha256, inside };
}

function notOpen(path: string): MvgitError {
  return new MvgitError("blob-missing", `cannot read '${display(path)}' for its SHA-256: no store is open here`, {
    subject: display(path),
    hint: "work in a clone, or leave out '--sha256'",
  });
}

/** RFC 9562: the namespace of URLs, and below it mvgit's. */
const URLS = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");
const OWN = uuidBytes(URLS, "https://github.com/mvgit/mvgit");

/** A UUID of version 5 of the hash of a package. */
export function serialOf(packageHash: Hash): string {
  const hex = uuidBytes(OWN, packageHash).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function uuidBytes(namespace: Buffer, name: string): Buffer {
  const bytes = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}
