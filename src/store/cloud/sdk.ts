/** A vendor's client that whoever uses its cloud installs beside mvgit, and nobody else. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MvgitError, systemCode } from "../../base/errors.ts";

/**
 * What `load` imports. Throws `not-supported` where it is not installed.
 *
 * @param form - of the addresses that need it, for the message.
 * @param packages - as npm is told to install them.
 */
export async function loadSdk<T>(load: () => Promise<T>, form: string, packages: readonly string[]): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (systemCode(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    const command = `npm install ${installedIn(fileURLToPath(import.meta.url))} ${packages.join(" ")}`;
    throw new MvgitError("not-supported", `'${form}' needs ${namesOf(packages)}, which mvgit does not bring along`, {
      subject: form,
      hint: `run '${command}'`,
      cause: error,
    });
  }
}

/** Where npm puts a package so that this file finds it: beside mvgit, in a project or among the global ones. */
export function installedIn(file: string): string {
  const [project] = /^.*(?=[\\/]node_modules[\\/]mvgit[\\/])/s.exec(file) ?? [];
  return project !== undefined && existsSync(join(project, "package.json")) ? `--prefix "${project}"` : "--global";
}

function namesOf(packages: readonly string[]): string {
  return packages.map((each) => `'${each.replace(/(?<=.)@.*$/, "")}'`).join(" and ");
}
