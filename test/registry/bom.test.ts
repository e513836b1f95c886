/** `mvgit bom` as people use it: in a clone, a bare repository, without blobs, and where something is missing. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serialOf } from "../../src/registry/bom.ts";
import type { Hash } from "../../src/values/hash.ts";
import { cycloneDxCheck, statementCheck } from "../support/bom-schemas.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
/** What the clone that made the versions prints. */
let printed: string;

beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/pyproject.toml", '[project]\nname = "x"\nlicense = "apache-2.0"\n');
  box.write("work/base.bin", "base");
  await box.git("work", ["add", "pyproject.toml"]);
  await box.git("work", ["commit", "-qm", "start"]);
  await box.mv("work", ["save", "base", "--weights", "base.bin"]);
  box.write("work/train.sh", 'cp base.bin w.bin\necho "$1" >> w.bin\necho \'{"accuracy": 0.9}\' > metrics.json\n');
  const run = ["run", "spam", "--data", "base.bin", "--weights", "w.bin", "--", "sh", "train.sh"];
  await box.mv("work", [...run, "first", "--api-key", "hunter2hunter2hunter2"]);
  await box.mv("work", [...run, "second", "--api-key", "hunter2hunter2hunter2"]);
  await box.git("work", ["push", "-q", "origin", "main", "--follow-tags"]);
  await box.mv("work", ["push"]);
  printed = (await box.mv("work", ["bom", "spam@v2"])).stdout;
});
afterAll(() => box.cleanup());

interface Part {
  "bom-ref": string;
  hashes?: unknown;
  components?: Part[];
  pedigree?: { ancestors: unknown[] };
}
interface Bom {
  serialNumber: string;
  metadata: { component: Part & { licenses?: unknown; description?: string } };
  components: Part[];
}

function part(text: string, ref: string): Part | undefined {
  return (JSON.parse(text) as Bom).components.find((each) => each["bom-ref"] === ref);
}

async function hashOf(label: string): Promise<Hash> {
  const { stdout } = await box.mv("work", ["--json", "show", label]);
  return (JSON.parse(stdout) as { packageHash: Hash }).packageHash;
}

it("both papers are valid, and tell what the version came from by links", async () => {
  const bom = JSON.parse(printed) as Bom;
  const [isBom, isStatement] = [cycloneDxCheck(), statementCheck()];
  expect(isBom(bom), JSON.stringify(isBom.errors)).toBe(true);
  const link = async (label: string): Promise<unknown> => [
    expect.objectContaining({
      externalReferences: [{ type: "bom", url: `urn:cdx:${serialOf(await hashOf(label))}/1` }],
    }),
  ];
  expect(bom.metadata.component.pedigree?.ancestors).toEqual(await link("spam@v1"));
  expect(part(printed, "data:base.bin")?.pedigree?.ancestors).toEqual(await link("base@v1"));
  expect(bom.metadata.component.licenses).toEqual([{ expression: "Apache-2.0", acknowledgement: "declared" }]);
  const { stdout } = await box.mv("work", ["bom", "spam@v2", "--in-toto"]);
  expect(isStatement(JSON.parse(stdout)), JSON.stringify(isStatement.errors)).toBe(true);
  expect(stdout).toContain('"madeBy": "base@v1"');
});

it("what was masked stays masked", async () => {
  const { stdout } = await box.mv("work", ["bom", "spam@v2", "--in-toto"]);
  for (const text of [printed, stdout]) {
    expect(text).not.toContain("hunter2");
    expect(text).toContain("${API_KEY}");
  }
});

it("the bytes are the same in a clone without blobs, in a bare repository, and when a stage asks", async () => {
  await box.git(".", ["clone", "-q", "host.git", "other"]);
  expect((await box.mv("other", ["bom", "spam@v2"])).stdout).toBe(printed);
  expect((await box.mv("host.git", ["bom", "spam@v2"])).stdout).toBe(printed);
  expect((await box.mv("host.git", ["bom", "spam@latest"])).stdout).toBe(printed);
});

it("a repository elsewhere says the same by its address, bytes included", async () => {
  expect((await box.mv(".", ["bom", "host.git", "spam@v2"])).stdout).toBe(printed);
  const { stdout: here } = await box.mv("work", ["bom", "spam@v2", "--sha256"]);
  expect((await box.mv(".", ["bom", "host.git", "spam@v2", "--sha256", "--remote", "./store"])).stdout).toBe(here);
  expect((await box.mv(".", ["bom", "work", "spam@v2", "--sha256"])).stdout).toBe(here);
  expect((await box.mv("work", ["bom", "spam@v2", "--remote", "../store"], 2)).stderr).toContain(
    "goes with the address",
  );
  await box.mv(".", ["bom", "--", "--upload-pack=touch pwned", "spam@v2"], 1);
  expect(box.exists("pwned")).toBe(false);
});

it("-o writes through no link that a commit brought, also where settings cannot be read", async () => {
  box.write("elsewhere/keep", "");
  fs.symlinkSync("../elsewhere", join(box.dir, "other/link"));
  await box.git("other", ["add", "link"]);
  await box.mv("other", ["bom", "spam@v2", "-o", "link/bom.json"], 1);
  box.write("other/.mvgit/config", "[mvgit\n");
  await box.mv("other", ["bom", "../host.git", "spam@v2", "-o", "link/bom.json"], 20);
  await box.git("other", ["checkout", "-q", ".mvgit/config"]);
  expect(fs.readdirSync(join(box.dir, "elsewhere"))).toEqual(["keep"]);
  await box.git("other", ["rm", "-qf", "link"]);
  const { stderr: said } = await box.mv("other", ["bom", "spam@v2", "-o", "absent/bom.json"], 2);
  expect(said).toContain("there is no folder");
});

it("--sha256 reads the files, and says where it cannot", async () => {
  const { stdout } = await box.mv("work", ["bom", "spam@v2", "--sha256"]);
  const sum = createHash("sha256")
    .update(fs.readFileSync(join(box.dir, "work/w.bin")))
    .digest("hex");
  expect(part(stdout, "weights:w.bin")?.hashes).toEqual([
    { alg: "SHA-256", content: sum },
    { alg: "BLAKE3", content: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  box.write("work/folder/a.bin", "a");
  box.write("work/folder/sub/b.bin", "b");
  await box.mv("work", ["save", "wide", "--weights", "folder"]);
  const wide = JSON.parse((await box.mv("work", ["bom", "wide@v1", "--sha256"])).stdout) as Bom;
  const isBom = cycloneDxCheck();
  expect(isBom(wide), JSON.stringify(isBom.errors)).toBe(true);
  expect(wide.components[0]?.components?.map((each) => each["bom-ref"])).toEqual([
    "weights:folder/a.bin",
    "weights:folder/sub/b.bin",
  ]);
  const { stdout: statement } = await box.mv("work", ["bom", "wide@v1", "--in-toto", "--sha256"]);
  expect((JSON.parse(statement) as { subject: { name: string; digest: object }[] }).subject).toMatchObject([
    { name: "folder", digest: { mvgitManifest: expect.any(String) as string } },
    { name: "folder/a.bin", digest: { sha256: createHash("sha256").update("a").digest("hex") } },
    { name: "folder/sub/b.bin" },
  ]);
  const { stderr } = await box.mv("host.git", ["bom", "spam@v2", "--sha256"], 23);
  expect(stderr).toMatch(/cannot read '(?:w|base)\.bin' for its SHA-256: no store is open here/);
});

it("no text of a version commands a terminal", async () => {
  const message = "\u009b31m red \u202e round \u001b[0m";
  box.write("work/loud.bin", "loud");
  await box.mv("work", ["save", "loud", "--weights", "loud.bin", "-m", message]);
  const { stdout } = await box.mv("work", ["bom", "loud@v1"]);
  expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/);
  expect((JSON.parse(stdout) as Bom).metadata.component.description).toBe(message);
});

it("-o writes a file once, and leaves what is another", async () => {
  const file = join(box.dir, "work/bom.json");
  expect((await box.mv("work", ["bom", "spam@v2", "-o", "bom.json"])).stdout).toBe(
    "bill of materials of spam@v2 is in 'bom.json'\n",
  );
  expect(fs.readFileSync(file, "utf8")).toBe(printed);
  await box.mv("work", ["bom", "spam@v2", "-o", "bom.json"]);
  const { stderr } = await box.mv("work", ["bom", "spam@v1", "-o", "bom.json"], 1);
  expect(stderr).toContain("'" + file + "' is there, and says something else");
  expect(fs.readFileSync(file, "utf8")).toBe(printed);
  await box.mv("host.git", ["bom", "spam@v1", "--in-toto", "-o", "../statement.json"]);
  expect(fs.readdirSync(join(box.dir, "work")).filter((name) => name.startsWith("bom.json"))).toEqual(["bom.json"]);
  fs.rmSync(file);
});

it("--json has the document as a field", async () => {
  const { stdout } = await box.mv("work", ["--json", "bom", "spam@v2"]);
  const { label, form, file, document } = JSON.parse(stdout) as Record<string, unknown>;
  expect([label, form, file]).toEqual(["spam@v2", "cyclonedx", null]);
  expect(`${JSON.stringify(document, null, 2)}\n`).toBe(printed);
});

it("a version that it came from and is not here is named without its hash, and told", async () => {
  await box.git("other", ["tag", "-d", "spam@v1"]);
  const { stdout, stderr } = await box.mv("other", ["bom", "spam@v2"]);
  expect((JSON.parse(stdout) as Bom).metadata.component.pedigree?.ancestors).toEqual([
    { type: "machine-learning-model", name: "spam", version: "1" },
  ]);
  expect(stderr).toContain("spam@v1, which spam@v2 came from, is not here");
  await box.mv("other", ["bom", "spam@v9"], 1);
});
