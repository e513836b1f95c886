/** A folder of the test's own, and a HOME in it that knows nothing of this machine. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TestFolder {
  /** Its real path. */
  dir: string;
  /** What differs from `hermeticEnv`: HOME and what Git and mvgit find by it. */
  env: Record<string, string>;
  /** Writes a file by its path in the folder, and the folders above it. */
  write(path: string, bytes: string | Uint8Array): void;
  read(path: string): Buffer;
  exists(path: string): boolean;
  remove(): void;
}

/** Makes one; `settings` are for the Git of this HOME, whose first branch is `main`; `base`: where. */
export function makeTestFolder(settings = "", base = tmpdir()): TestFolder {
  const dir = fs.realpathSync(fs.mkdtempSync(join(base, "mvgit-test-")));
  fs.writeFileSync(join(dir, ".gitconfig"), `[init]\n\tdefaultBranch = main\n${settings}`);
  return {
    dir,
    env: { HOME: dir, GIT_CONFIG_GLOBAL: join(dir, ".gitconfig"), XDG_CACHE_HOME: join(dir, ".cache") },
    write(path, bytes) {
      fs.mkdirSync(dirname(join(dir, path)), { recursive: true });
      fs.writeFileSync(join(dir, path), bytes);
    },
    read: (path) => fs.readFileSync(join(dir, path)),
    exists: (path) => fs.existsSync(join(dir, path)),
    remove: () => fs.rmSync(dir, { recursive: true, force: true }),
  };
}

/** A file system in memory, where there is one with room enough: nobody waits for its disk. */
export function inMemory(): string {
  const folder = "/dev/shm";
  try {
    const { type, bavail, bsize } = fs.statfsSync(folder);
    fs.accessSync(folder, fs.constants.W_OK);
    return type === TMPFS && bavail * bsize >= 1 << 29 ? folder : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** As Linux numbers kinds of file systems. */
const TMPFS = 0x01021994;
