/** One temporary folder for all tests, with what killed programs leave in it: gone when they have ended. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Each project of the configuration sets it up, in one process. */
interface Shared {
  folder: string;
  projects: number;
}

const shared = globalThis as { mvgitTemporary?: Shared };

/** The name is short, since sockets lie in it, whose paths have an end. */
export function setup(): void {
  const folder = shared.mvgitTemporary?.folder ?? fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "mv-"));
  // As the one of the system: tests are other users too.
  fs.chmodSync(folder, 0o1777);
  shared.mvgitTemporary = { folder, projects: (shared.mvgitTemporary?.projects ?? 0) + 1 };
  process.env["TMPDIR"] = folder;
}

export function teardown(): void {
  const held = shared.mvgitTemporary;
  if (held === undefined || --held.projects > 0) return;
  fs.rmSync(held.folder, { recursive: true, force: true, maxRetries: 3 });
}
