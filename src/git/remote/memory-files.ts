/** A repository's folder in memory: as much of a file system as isomorphic-git asks for while it reads objects. */
import type { FsClient } from "isomorphic-git";

/** Files by their path; folders are what paths imply. */
export class MemoryFiles {
  readonly #files = new Map<string, Uint8Array>();

  write(path: string, bytes: Uint8Array): void {
    this.#files.set(path, bytes);
  }

  /** What isomorphic-git is given. */
  client(): FsClient {
    const absent = (path: string): never => {
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    };
    const isFolder = (path: string): boolean => [...this.#files.keys()].some((file) => file.startsWith(`${path}/`));
    const stat = async (path: string): Promise<object> => {
      const file = this.#files.get(path);
      if (!file && !isFolder(path)) absent(path);
      return { isFile: () => file !== undefined, isDirectory: () => file === undefined, isSymbolicLink: () => false, size: file?.length ?? 0 };
    };
    const readOnly = async (path: string): Promise<never> => absent(path);
    return {
      promises: {
        readFile: async (path: string, options?: string | { encoding?: BufferEncoding }) => {
          const bytes = Buffer.from(this.#files.get(path) ?? absent(path));
          const encoding = typeof options === "object" ? options.encoding : options;
          return encoding ? bytes.toString(encoding as BufferEncoding) : bytes;
        },
        writeFile: async (path: string, bytes: Uint8Array | string) => this.write(path, Buffer.from(bytes as Uint8Array)),
        readdir: async (path: string) => {
          const below = [...this.#files.keys()].filter((file) => file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1).split("/")[0] as string);
          return [...new Set(below)];
        },
        stat,
        lstat: stat,
        mkdir: async () => undefined,
        rmdir: readOnly,
        unlink: readOnly,
        readlink: readOnly,
        symlink: readOnly,
      },
    };
  }
}
