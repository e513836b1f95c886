/** An in-toto Statement v1 with provenance in the form of SLSA, of one version. Same facts, same bytes. */
import type { Package, PackageFile } from "../package.ts";
import type { BomFacts, Parent } from "./facts.ts";
import { encoded } from "./purl.ts";
import { type Software, softwareOf } from "./software.ts";

/** Where the terms that are mvgit's own are explained. */
const TERMS = "https://github.com/mvgit/mvgit/blob/main/docs/bom.md";

type Json = { readonly [name: string]: unknown };

export function inTotoStatement(facts: BomFacts): Json {
  const { pack } = facts;
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjectsOf(facts),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: `${TERMS}#${pack.run === null ? "build-type-save-v1" : "build-type-run-v1"}`,
        externalParameters: externalOf(pack),
        internalParameters: internalOf(pack),
        resolvedDependencies: dependenciesOf(facts, softwareOf(pack.environment)),
      },
      runDetails: { builder: { id: `${TERMS}#builder-v1` }, metadata: timesOf(pack), byproducts: byproductsOf(facts) },
    },
  };
}

/** The weights; of a version without any, its package. */
function subjectsOf(facts: BomFacts): Json[] {
  const { weights } = facts.pack;
  if (weights.length === 0) return [packageOf(facts)];
  return weights
    .flatMap((file) => [file, ...(facts.inside.get(file.path) ?? [])])
    .map((file) => ({ name: file.path, digest: digestOf(facts, file) }));
}

/** The hash of a folder is that of its list of files, and so goes by another name. */
function digestOf({ sha256 }: BomFacts, { path, hash, files }: PackageFile): Json {
  if (files !== undefined) return { mvgitManifest: hash };
  const also = sha256.get(path);
  return { ...(also !== undefined && { sha256: also }), blake3: hash };
}

function externalOf({ model, version, run, params, origins = {} }: Package): Json {
  const ran = run && { command: run.command, folder: run.folder, secrets: run.secrets };
  return { model, version, ...ran, params, ...(Object.keys(origins).length > 0 && { origins }) };
}

/** What the machine brought along; its software is among the dependencies. */
function internalOf({ environment }: Package): Json {
  const { packages: _, python: __, interpreters: ___, ...rest } = environment;
  return { environment: rest };
}

function dependenciesOf(facts: BomFacts, software: Software): Json[] {
  const { code, data } = facts.pack;
  return [
    { name: "code", digest: { gitTree: code.tree } },
    ...(code.commit === null
      ? []
      : [{ name: "commit", digest: { gitCommit: code.commit }, annotations: { changed: code.changed } }]),
    ...data.map((file) => dataOf(facts, file)),
    ...(facts.from === null ? [] : [versionOf("from", facts.from)].flat()),
    ...software.interpreters.map(({ ref, recorded }) => ({
      name: ref,
      uri: genericPurl((recorded.implementation || recorded.kind).toLowerCase(), recorded.version),
      annotations: { kind: recorded.kind, role: recorded.role },
    })),
    ...software.packages.flatMap(({ pack, purl }) => {
      const commit = pack.origin?.kind === "vcs" && pack.origin.vcs === "git" ? pack.origin.commit : null;
      const isCommit = commit !== null && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit);
      return purl === null ? [] : [{ name: pack.name, uri: purl, ...(isCommit && { digest: { gitCommit: commit } }) }];
    }),
  ];
}

function genericPurl(name: string, version: string): string {
  return `pkg:generic/${encoded(name)}${version === "" ? "" : `@${encoded(version)}`}`;
}

function dataOf(facts: BomFacts, file: PackageFile): Json {
  const origin = facts.origins.get(file.path);
  const maker = facts.makers.get(file.path);
  const annotations = {
    ...(file.files !== undefined && { files: file.files }),
    ...(origin?.kind === "url" && { source: origin.url }),
    ...(origin?.kind === "command" && { source: origin.command }),
    ...(maker !== undefined && { madeBy: `${maker.model}@v${maker.version}` }),
  };
  return {
    name: file.path,
    digest: digestOf(facts, file),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** Nothing for one of which no more than its number is known: a descriptor needs a digest. */
function versionOf(name: string, { model, version, packageHash }: Parent): Json[] {
  if (packageHash === null) return [];
  return [{ name, digest: { blake3: packageHash }, annotations: { version: `${model}@v${version}` } }];
}

function timesOf({ run, time }: Package): Json {
  if (run === null) return { finishedOn: utc(time) };
  const ended = new Date(Date.parse(run.started) + Math.round(run.seconds * 1000));
  return {
    ...(run.id !== undefined && run.id !== null && { invocationId: run.id }),
    startedOn: utc(run.started),
    ...(!Number.isNaN(ended.getTime()) && { finishedOn: ended.toISOString() }),
  };
}

/** SLSA's times are in UTC. */
function utc(time: string): string {
  return new Date(time).toISOString();
}

function byproductsOf(facts: BomFacts): Json[] {
  const { metrics, notes } = facts.pack;
  return [
    { ...packageOf(facts), annotations: { metrics, ...(notes.length > 0 && { notes }) } },
    { name: "version", digest: { gitCommit: facts.commit } },
  ];
}

function packageOf({ pack, packageHash }: BomFacts): Json {
  return { name: `.mvgit/models/${pack.model}.yaml`, digest: { blake3: packageHash } };
}
