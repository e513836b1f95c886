/** A server of another program, for as long as it is needed. */
import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { kill } from "node:process";
import { helper } from "../base/stop.ts";
import type { Environment } from "./find.ts";

export interface Service {
  /** Absolute. */
  file: string;
  args: readonly string[];
  cwd: string;
  env: Environment;
}

/**
 * Starts it; the answered function ends it and all that it started. `failed` tells that it ended by itself, and its
 * last words.
 */
export function startService({ file, args, cwd, env }: Service): {
  failed: () => string | null;
  stop: () => Promise<void>;
} {
  const child = spawn(file, args, {
    cwd,
    env: { ...env },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
    windowsHide: true,
  });
  // Its own group: such servers have workers.
  const tell = (signal: "SIGTERM" | "SIGKILL"): boolean => {
    try {
      return child.pid !== undefined && kill(-child.pid, signal);
    } catch {
      return false;
    }
  };
  helper(child, () => tell("SIGTERM"));
  let words = "";
  let ended: string | null = null;
  child.stderr.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-4000)));
  const over = new Promise<void>((resolve) => {
    child.on("error", (error) => resolve(void (ended ??= error.message)));
    child.on("close", () => resolve(void (ended ??= words.trim().split("\n").at(-1) ?? "it ended")));
  });
  return {
    failed: () => ended,
    async stop() {
      if (ended === null && child.pid !== undefined) {
        for (const signal of ["SIGTERM", "SIGKILL"] as const) {
          if (!tell(signal)) break;
          if (
            await Promise.race([
              over.then(() => true),
              new Promise<boolean>((resolve) => setTimeout(resolve, 3000, false)),
            ])
          )
            break;
        }
      }
      child.stderr.destroy();
    },
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
