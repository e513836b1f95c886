/**
 * Versions made by hand, for tests of what is done with them: the same files, commit and tag that `mvgit save` makes.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { ModelName } from "../../src/values/label.ts";
import { formatPackage, type Package, packagePath } from "../../src/values/package.ts";
import { readPointer } from "../../src/values/pointer.ts";
import { formatVersionTag } from "../../src/values/tag-message.ts";
import { mvgit, type Place, runProgram } from "./cli.ts";

/** What a version is to hold; all else is made up, but for what its package is to say besides. */
export interface Made extends Partial<Omit<Package, "model" | "version" | "weights" | "code">> {
  model: string;
  version: number;
  /** Bytes of `weights.bin`; different for each version when not given. */
  weights?: string;
}

/** A package with nothing surprising in it. */
export function somePackage(made: Partial<Package> = {}): Package {
  return {
    model: "spam" as ModelName,
    version: 1,
    time: "2026-01-02T03:04:05+00:00",
    author: "A Tester <tester@example.com>",
    from: null,
    message: "",
    run: null,
    code: { tree: createHash("sha1").update("tree").digest("hex"), commit: null, changed: false, outputs: [] },
    data: [],
    weights: [],
    params: {},
    metrics: {},
    sources: { params: [], metrics: [] },
    environment: {},
    notes: [],
    ...made,
  };
}

/** Adds `weights.bin`, writes the package, commits and tags. */
export async function makeVersion(
  place: Place,
  {
    model,
    version,
    weights = `weights ${version}`,
    metrics = { accuracy: 0.9 + version / 100 },
    params = {},
    ...said
  }: Made,
): Promise<void> {
  const git = async (args: readonly string[], input = ""): Promise<string> => {
    const { stdout, stderr, status } = await runProgram("git", args, { ...place, input });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  fs.writeFileSync(join(place.cwd, "weights.bin"), weights);
  const added = await mvgit(["add", "--as-is", "weights.bin"], place);
  if (added.status !== 0) throw new Error(added.stderr);
  const reading = readPointer(fs.readFileSync(join(place.cwd, "weights.bin.mvgit")));
  if (reading.kind !== "pointer") throw new Error("no pointer");
  const { hash, size } = reading.pointer;
  await git(["add", "-A"]);
  const tree = await git(["write-tree"]);
  const path = packagePath(model as ModelName);
  const [mode = null, before = null] = (await git(["ls-files", "-s", "--", path])).split(/[ \t]/).filter(Boolean);
  const outputs = [{ path, before, mode }] as Package["code"]["outputs"];
  const pack = somePackage({
    model: model as ModelName,
    version,
    from: version === 1 ? null : version - 1,
    code: { tree, commit: null, changed: true, outputs },
    weights: [{ path: "weights.bin" as Package["weights"][number]["path"], hash, size }],
    metrics,
    params,
    ...said,
  });
  const text = formatPackage(pack);
  const file = join(place.cwd, path);
  fs.mkdirSync(dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  await git(["add", "-A"]);
  await git(["commit", "-q", "--no-verify", "-m", `${model} v${version}`]);
  const message = formatVersionTag({ model: model as ModelName, version, package: hashBytes(Buffer.from(text)) });
  await git(["tag", "-a", "--cleanup=verbatim", "-F", "-", `${model}@v${version}`], message);
}
