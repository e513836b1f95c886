/** Folders for runs and models, by the names that people gave them. */
import { foldName, pathProblem } from "../base/paths.ts";

/** Names of folders, each once also where letter case does not count. */
export class FolderNames {
  readonly #taken = new Set<string>();

  /** `id` stands in for a name that no folder can have. */
  take(wanted: string, id: string): string {
    const plain = wanted.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 60);
    const base = pathProblem(plain) === null && !plain.startsWith(".") ? plain : id.slice(0, 10);
    let name = base;
    for (let count = 2; this.#taken.has(foldName(name)); count++) name = `${base}-${count}`;
    this.#taken.add(foldName(name));
    return name;
  }
}
