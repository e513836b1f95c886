/** Packages of a Python environment that are imported from where somebody develops them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readUpTo } from "../base/disk.ts";
import { readableNames } from "../base/readable-names.ts";

const CAP = 64 * 1024;

export interface Editable {
  name: string;
  /** Absolute. */
  folder: string;
}

/** By what installers write down (PEP 610); `environment`: absolute. */
export function editablesIn(environment: string): Editable[] {
  const places = readableNames(join(environment, "lib")).map((name) => join(environment, "lib", name, "site-packages"));
  return [...places, join(environment, "Lib", "site-packages")].flatMap((place) =>
    readableNames(place)
      .filter((name) => name.endsWith(".dist-info"))
      .flatMap((name) => {
        const folder = folderOf(join(place, name, "direct_url.json"));
        return folder === null ? [] : [{ name: name.replace(/-[^-]*\.dist-info$/, ""), folder }];
      }),
  );
}

function folderOf(file: string): string | null {
  try {
    const { url, dir_info: info } = JSON.parse(readUpTo(file, CAP)?.toString("utf8") ?? "") as {
      url?: unknown;
      dir_info?: { editable?: unknown };
    };
    return typeof url === "string" && url.startsWith("file:") && info?.editable === true ? fileURLToPath(url) : null;
  } catch {
    return null;
  }
}
