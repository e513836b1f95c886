/** What the papers of one version (its bill of materials, its provenance) are written from. */
import type { Hash } from "../hash.ts";
import type { DeclaredLicense } from "../license.ts";
import type { Origin } from "../origin.ts";
import type { Package, PackageFile } from "../package.ts";

/** A version that this one, or its data, came from. */
export interface Parent {
  model: string;
  version: number;
  /** Of its package file; null where its tag is not here, so that no more than its name is known. */
  packageHash: Hash | null;
}

export interface BomFacts {
  pack: Package;
  /** Of the package file's bytes. */
  packageHash: Hash;
  /** Of the version. */
  commit: string;
  /** The version that it came from; null for none. */
  from: Parent | null;
  /** By path of a data set: the version that made its bytes. */
  makers: ReadonlyMap<string, Parent>;
  /** By path of data or weights: what they were frozen from. */
  origins: ReadonlyMap<string, Origin & { time: string }>;
  /** By path of a file of data or weights, where somebody read their bytes for it: in hex. */
  sha256: ReadonlyMap<string, string>;
  /** By path of a folder of weights, its files, where somebody read them. */
  inside: ReadonlyMap<string, readonly PackageFile[]>;
  /** As the repository declares it. */
  license: DeclaredLicense | null;
}

/** The serial number of a version's bill of materials: the same for the same package. */
export type SerialOf = (packageHash: Hash) => string;
