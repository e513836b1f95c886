/** The rules that hold between the files of one folder, checked as they come. */
import { comparePaths, display, pathProblem } from "../base/paths.ts";
import { NameTable } from "./name-table.ts";

/** Why a path cannot follow those before it. */
export interface PathProblem {
  code: "manifest-malformed" | "name-clash" | "unsafe-path";
  /** Names the paths, shown safely. */
  reason: string;
  /** Of a clash: the two files or folders that cannot stand beside each other. */
  names?: readonly [string, string];
}

/**
 * Checks files in the order they come: safe paths, strictly ascending, no file that is also a folder, no two names that
 * are one on another system. Remembers only the folders on the way to the last path, and what they hold.
 */
export class FolderCheck {
  #last = "";
  /** From the top down: the folder's path with its slash, and the names in it. */
  readonly #open: { prefix: string; names: NameTable }[] = [{ prefix: "", names: new NameTable() }];

  /**
   * Null, or what is wrong with the path. A path that clashes counts as left out, so that more can be asked after it.
   */
  problem(path: string): PathProblem | null {
    const unsafe = pathProblem(path);
    if (unsafe) return { code: "unsafe-path", reason: `path '${display(path)}' ${unsafe}` };
    if (this.#last !== "" && comparePaths(path, this.#last) <= 0) {
      return {
        code: "manifest-malformed",
        reason: `path '${display(path)}' is ${path === this.#last ? "there twice" : "out of order"}`,
      };
    }
    this.#last = path;
    let folder = this.#open.at(-1) as { prefix: string; names: NameTable };
    while (!path.startsWith(folder.prefix)) {
      this.#open.pop();
      folder = this.#open.at(-1) as { prefix: string; names: NameTable };
    }
    return this.#enter(path, folder);
  }

  /** Notes the file, and the folders on its way that are new, from the deepest that is open. */
  #enter(path: string, deepest: { prefix: string; names: NameTable }): PathProblem | null {
    let { prefix, names } = deepest;
    for (;;) {
      const slash = path.indexOf("/", prefix.length);
      const name = slash < 0 ? path.slice(prefix.length) : path.slice(prefix.length, slash);
      const other = names.add(name);
      if (other !== null) return clash(prefix, name, other);
      if (slash < 0) return null;
      prefix = path.slice(0, slash + 1);
      names = new NameTable();
      this.#open.push({ prefix, names });
    }
  }
}

function clash(prefix: string, name: string, other: string): PathProblem {
  const path = display(prefix + name);
  const names = [prefix + other, prefix + name] as const;
  if (name === other) return { code: "name-clash", names, reason: `'${path}' is both a file and a folder` };
  return {
    code: "name-clash",
    names,
    reason: `'${display(prefix + other)}' and '${path}' are one name on some systems`,
  };
}
