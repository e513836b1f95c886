/** Which file of a commit GTO's artifact is, as `artifacts.yaml` or `dvc.yaml` says. */
import type { Oid } from "../../git/reader.ts";
import { readYaml, type YamlValue } from "../../values/strict-yaml.ts";
import type { Repo } from "../../repo/repo.ts";

/** Bytes. */
const CAP = 1024 * 1024;

/** The artifact's path from the top of the work tree; null where nobody says. */
export async function artifactPath(repo: Repo, commit: Oid, artifact: string): Promise<string | null> {
  const [name = "", folder = ""] = artifact.split(":").toReversed();
  const inFolder = (path: string): string => (folder === "" ? path : `${folder}/${path}`);
  const wanted = ["artifacts.yaml", "dvc.yaml"].map((file) => ({ commit, path: inFolder(file) }));
  for await (const bytes of repo.git.filesAt(wanted, CAP)) {
    const reading = bytes && (await readYaml(bytes.toString("utf8")));
    if (reading?.kind !== "value") continue;
    // The first file lists artifacts at its top, the other below 'artifacts'.
    const path = pathIn(reading.value, name) ?? pathIn(child(reading.value, "artifacts"), name);
    if (path !== null) return inFolder(path.replace(/^\.\//, "").replace(/\/+$/, ""));
  }
  return null;
}

function child(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

function pathIn(value: YamlValue | undefined, name: string): string | null {
  const path = child(child(value, name), "path");
  return typeof path === "string" && path !== "" ? path : null;
}
