/** CycloneDX 1.6 (ECMA-424) of one version: a bill of materials with a model card, as JSON. Same facts, same bytes. */
import { shellCommand } from "../../base/shell.ts";
import type { Hash } from "../hash.ts";
import type { PackageFile } from "../package.ts";
import { readPerson } from "../person.ts";
import type { BomFacts, Parent, SerialOf } from "./facts.ts";
import { aboutInterpreter, aboutPackage, type InterpreterPart, type Software, softwareOf } from "./software.ts";

/** Of the form below: goes up whenever the same version would be written with other bytes. */
const FORM = "1";
const MODEL_REF = "model";
const CODE_REF = "code";

type Json = { readonly [name: string]: unknown };

export function cycloneDx(facts: BomFacts, serialOf: SerialOf): Json {
  const { pack } = facts;
  const software = softwareOf(pack.environment);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${serialOf(facts.packageHash)}`,
    version: 1,
    metadata: {
      timestamp: pack.time,
      tools: { components: [{ type: "application", name: "mvgit" }] },
      authors: [contactOf(pack.author)],
      component: modelOf(facts, serialOf),
      properties: properties([["form", FORM]]),
    },
    components: [
      ...pack.weights.map((file) => weightsOf(facts, file)),
      ...pack.data.map((file) => dataOf(facts, file, serialOf)),
      codeOf(facts),
      ...softwareComponents(software),
    ],
    dependencies: dependenciesOf(facts, software),
    ...(pack.run !== null && { formulation: [{ "bom-ref": "training", workflows: [runOf(facts, software)] }] }),
  };
}

function modelOf(facts: BomFacts, serialOf: SerialOf): Json {
  const { pack, from, license } = facts;
  return {
    type: "machine-learning-model",
    "bom-ref": MODEL_REF,
    authors: [contactOf(pack.author)],
    name: pack.model,
    version: String(pack.version),
    ...(pack.message !== "" && { description: pack.message }),
    ...(license !== null && { licenses: licensesOf(license) }),
    ...(from !== null && {
      pedigree: {
        ancestors: [ancestorOf(from, serialOf)],
        notes: "the newest version of the model in the history of the commit that this one was made on",
      },
    }),
    modelCard: modelCardOf(facts),
    properties: properties([
      ["label", `${pack.model}@v${pack.version}`],
      ["package.blake3", facts.packageHash],
      ["commit", facts.commit],
      ["made-by", pack.run === null ? "save" : "run"],
      ...(license === null ? [] : ([["license.file", license.file]] as [string, string][])),
      ...pack.notes.map((note): [string, string] => ["note", note]),
    ]),
  };
}

function modelCardOf({ pack }: BomFacts): Json {
  const metrics = Object.entries(pack.metrics).map(([type, value]) => ({ type, value: String(value) }));
  return {
    ...(pack.data.length > 0 && {
      modelParameters: { datasets: pack.data.map(({ path }) => ({ ref: dataRef(path) })) },
    }),
    ...(metrics.length > 0 && { quantitativeAnalysis: { performanceMetrics: metrics } }),
    properties: properties(
      Object.entries(pack.params).map(([name, value]): [string, string] => [`param:${name}`, String(value)]),
    ),
  };
}

function weightsOf(facts: BomFacts, file: PackageFile): Json {
  const inside = facts.inside.get(file.path) ?? [];
  return {
    type: "file",
    "bom-ref": weightsRef(file.path),
    name: file.path,
    hashes: hashesOf(facts, file),
    ...(inside.length > 0 && { components: inside.map((each) => weightsOf(facts, each)) }),
    properties: properties(aboutFile(facts, file)),
  };
}

function dataOf(facts: BomFacts, file: PackageFile, serialOf: SerialOf): Json {
  const maker = facts.makers.get(file.path);
  return {
    type: "data",
    "bom-ref": dataRef(file.path),
    name: file.path,
    hashes: hashesOf(facts, file),
    ...(maker !== undefined && {
      pedigree: { ancestors: [ancestorOf(maker, serialOf)], notes: "the version that made these bytes" },
    }),
    data: [{ type: "dataset", name: file.path }],
    properties: properties(aboutFile(facts, file)),
  };
}

/** The tree that the run began with, as Git and Software Heritage name it. */
function codeOf({ pack: { code } }: BomFacts): Json {
  const ids = [
    ...(isSha1(code.tree) ? [`swh:1:dir:${code.tree}`] : []),
    ...(code.commit !== null && isSha1(code.commit) ? [`swh:1:rev:${code.commit}`] : []),
  ];
  return {
    type: "data",
    "bom-ref": CODE_REF,
    name: "code",
    version: code.tree,
    ...(ids.length > 0 && { swhid: ids }),
    data: [{ type: "source-code", name: "code" }],
    properties: properties([
      ["code.tree", code.tree],
      ...(code.commit === null ? [] : ([["code.commit", code.commit]] as [string, string][])),
      ["code.changed", String(code.changed)],
    ]),
  };
}

function isSha1(oid: string): boolean {
  return oid.length === 40;
}

function softwareComponents({ system, interpreters, packages }: Software): Json[] {
  const os = system && {
    type: "operating-system",
    "bom-ref": system.ref,
    name: system.name,
    ...(system.version !== "" && { version: system.version }),
    properties: properties(system.arch === "" ? [] : [["arch", system.arch]]),
  };
  return [
    ...(os === null ? [] : [os]),
    ...interpreters.map(interpreterOf),
    ...packages.map(({ ref, pack, purl }) => ({
      type: "library",
      "bom-ref": ref,
      name: pack.name,
      ...(pack.version !== "" && { version: pack.version }),
      ...(purl !== null && { purl }),
      properties: properties(aboutPackage(pack)),
    })),
  ];
}

function interpreterOf({ ref, recorded, packages }: InterpreterPart): Json {
  return {
    type: "platform",
    "bom-ref": ref,
    name: recorded.implementation || recorded.kind,
    ...(recorded.version !== "" && { version: recorded.version }),
    properties: properties([
      ["kind", recorded.kind],
      ...aboutInterpreter(recorded),
      ["packages", packages === null ? "unknown" : String(packages.length)],
      ...recorded.libraries.map((name): [string, string] => ["library", name]),
    ]),
  };
}

function dependenciesOf({ pack }: BomFacts, { interpreters, system }: Software): Json[] {
  const dependency = (ref: string, dependsOn: readonly string[]): Json => ({
    ref,
    ...(dependsOn.length > 0 && { dependsOn: [...new Set(dependsOn)] }),
  });
  return [
    dependency(MODEL_REF, [
      ...pack.weights.map(({ path }) => weightsRef(path)),
      ...pack.data.map(({ path }) => dataRef(path)),
      CODE_REF,
      ...interpreters.map(({ ref }) => ref),
    ]),
    ...interpreters.map(({ ref, packages }) =>
      dependency(ref, [...(system === null ? [] : [system.ref]), ...(packages ?? []).map((each) => each.ref)]),
    ),
  ];
}

/** How the version was made. */
function runOf({ pack }: BomFacts, software: Software): Json {
  const run = pack.run as NonNullable<typeof pack.run>;
  const params = Object.entries(pack.params).map(([name, value]) => ({
    name,
    value: String(value),
    dataType: value === null ? "null" : typeof value,
  }));
  const variables = [...software.variables].map(([name, value]) => ({ name, value }));
  const ended = new Date(Date.parse(run.started) + Math.round(run.seconds * 1000));
  return {
    "bom-ref": "run",
    uid: run.id ?? `${pack.model}@v${pack.version}`,
    name: "training",
    taskTypes: ["build"],
    steps: [{ name: "train", commands: [{ executed: shellCommand(run.command) }] }],
    inputs: [
      ...pack.data.map(({ path }) => ({ resource: { ref: dataRef(path) } })),
      { resource: { ref: CODE_REF } },
      ...(params.length > 0 ? [{ parameters: params }] : []),
      ...(variables.length > 0 ? [{ environmentVars: variables }] : []),
    ],
    ...(pack.weights.length > 0 && {
      outputs: pack.weights.map(({ path }) => ({ type: "artifact", resource: { ref: weightsRef(path) } })),
    }),
    timeStart: run.started,
    ...(!Number.isNaN(ended.getTime()) && { timeEnd: ended.toISOString() }),
    properties: properties([
      ["folder", run.folder],
      ...run.command.map((word): [string, string] => ["word", word]),
      ...run.secrets.map((name): [string, string] => ["secret", name]),
      ...run.changedInputs.map((path): [string, string] => ["changed-input", path]),
      ...(run.status === undefined ? [] : ([["status", String(run.status)]] as [string, string][])),
      ...(software.seen === null ? [] : ([["environment.seen", software.seen]] as [string, string][])),
      ...[...software.machine].map(([name, text]): [string, string] => [`environment:${name}`, text]),
    ]),
  };
}

function ancestorOf({ model, version, packageHash }: Parent, serialOf: SerialOf): Json {
  return {
    type: "machine-learning-model",
    name: model,
    version: String(version),
    ...(packageHash !== null && { externalReferences: [{ type: "bom", url: `urn:cdx:${serialOf(packageHash)}/1` }] }),
  };
}

function hashesOf({ sha256 }: BomFacts, { path, hash }: { path: string; hash: Hash }): Json[] {
  const also = sha256.get(path);
  return [...(also === undefined ? [] : [{ alg: "SHA-256", content: also }]), { alg: "BLAKE3", content: hash }];
}

function aboutFile({ origins }: BomFacts, { path, size, files }: PackageFile): [string, string][] {
  const origin = origins.get(path);
  return [
    ["size", String(size)],
    ...(files === undefined
      ? []
      : ([
          ["files", String(files)],
          ["blake3-of", "manifest"],
        ] as [string, string][])),
    ...(origin === undefined
      ? []
      : ([
          origin.kind === "url" ? ["source.url", origin.url] : ["source.command", shellCommand(origin.command)],
          ["source.time", origin.time],
        ] as [string, string][])),
  ];
}

/** With mvgit's own prefix, as CycloneDX asks for. */
function properties(all: readonly (readonly [string, string])[]): Json[] {
  return all.map(([name, value]) => ({ name: `mvgit:${name}`, value }));
}

/** An address that mail programs would refuse is kept as a part of the name. */
function contactOf(author: string): Json {
  const { name, email } = readPerson(author);
  if (!/^[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/.test(email))
    return { name: author };
  return { name: name || email, email };
}

function licensesOf({ name, isSpdx }: NonNullable<BomFacts["license"]>): Json[] {
  const acknowledgement = "declared";
  return isSpdx ? [{ expression: name, acknowledgement }] : [{ license: { name, acknowledgement } }];
}

function dataRef(path: string): string {
  return `data:${path}`;
}

function weightsRef(path: string): string {
  return `weights:${path}`;
}
