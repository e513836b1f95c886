/**
 * The published forms of what `mvgit bom` writes. CycloneDX's JSON schemas come with its own library. For in-toto and
 * SLSA none is published, but protocol buffers and tables of fields: these are written from the tables of in-toto's
 * spec v1 (statement, resource descriptor, digest set) and of SLSA's provenance v1.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

const require = createRequire(import.meta.url);
const SCHEMAS = join(dirname(require.resolve("@cyclonedx/cyclonedx-library/package.json")), "res/schema");

function schemaOf(name: string): object {
  return JSON.parse(readFileSync(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`), "utf8")) as object;
}

function checker(): Ajv {
  // Keywords that explain are no part of any standard.
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addFormat("iri-reference", (text) => URL.canParse(text, "https://example.com/"));
  ajv.addFormat("idn-email", /^[^@\s]+@[^@\s]+\.[^@\s]+$/);
  return ajv;
}

export function cycloneDxCheck(): ValidateFunction {
  const ajv = checker();
  // By the names under which the schema refers to them.
  for (const name of ["spdx", "jsf-0.82"])
    ajv.addSchema({ ...schemaOf(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
  return ajv.compile(schemaOf("bom-1.6"));
}

const uri = { type: "string", format: "uri" };
const time = { type: "string", format: "date-time", pattern: "Z$" };
const descriptor = {
  type: "object",
  additionalProperties: false,
  anyOf: [{ required: ["uri"] }, { required: ["digest"] }, { required: ["content"] }],
  properties: {
    name: { type: "string" },
    uri,
    digest: {
      type: "object",
      minProperties: 1,
      properties: {
        sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
        gitCommit: { type: "string", pattern: "^[0-9a-f]{40}([0-9a-f]{24})?$" },
        gitTree: { type: "string", pattern: "^[0-9a-f]{40}([0-9a-f]{24})?$" },
      },
      additionalProperties: { type: "string", pattern: "^[0-9a-f]{64}$" },
    },
    content: { type: "string" },
    downloadLocation: uri,
    mediaType: { type: "string" },
    annotations: { type: "object" },
  },
};
const descriptors = { type: "array", items: descriptor };

export function statementCheck(): ValidateFunction {
  return checker().compile({
    type: "object",
    additionalProperties: false,
    required: ["_type", "subject", "predicateType", "predicate"],
    properties: {
      _type: { const: "https://in-toto.io/Statement/v1" },
      subject: { ...descriptors, minItems: 1, items: { ...descriptor, required: ["digest"] } },
      predicateType: { const: "https://slsa.dev/provenance/v1" },
      predicate: {
        type: "object",
        additionalProperties: false,
        required: ["buildDefinition", "runDetails"],
        properties: {
          buildDefinition: {
            type: "object",
            additionalProperties: false,
            required: ["buildType", "externalParameters"],
            properties: {
              buildType: uri,
              externalParameters: { type: "object" },
              internalParameters: { type: "object" },
              resolvedDependencies: descriptors,
            },
          },
          runDetails: {
            type: "object",
            additionalProperties: false,
            required: ["builder"],
            properties: {
              builder: {
                type: "object",
                additionalProperties: false,
                required: ["id"],
                properties: {
                  id: uri,
                  version: { type: "object", additionalProperties: { type: "string" } },
                  builderDependencies: descriptors,
                },
              },
              metadata: {
                type: "object",
                additionalProperties: false,
                properties: { invocationId: { type: "string" }, startedOn: time, finishedOn: time },
              },
              byproducts: descriptors,
            },
          },
        },
      },
    },
  });
}
