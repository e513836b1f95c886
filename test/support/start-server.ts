/** A server of HTTP that was not written here, on a free port of loopback, for as long as a test needs it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "../../src/base/clock.ts";
import { freePort } from "../../src/program/serve.ts";

export interface Startable {
  program: string;
  words(port: number): string[];
  /** This process's when absent. */
  env?: Record<string, string | undefined>;
}

/** Answered once it answers. It ends with this process too, where no test comes to close it. */
export async function startServer({
  program,
  words,
  env,
}: Startable): Promise<{ url: string; close(): Promise<void> }> {
  // A port that was free may be taken meanwhile: then the server ends, and what answers there is another one.
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const child = spawn(program, words(port), { stdio: "ignore", ...(env && { env }) });
    const ended = once(child, "close");
    const end = (): boolean => child.kill("SIGKILL");
    process.once("exit", end);
    const isHere = (): boolean => child.exitCode === null && child.signalCode === null;
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; isHere() && tries < 600; tries++) {
      const isOurs = (await fetch(url).catch(() => null)) !== null && isHere();
      if (isOurs)
        return {
          url,
          async close() {
            process.off("exit", end);
            end();
            await ended;
          },
        };
      await systemClock.sleep(50);
    }
    process.off("exit", end);
    end();
    await ended;
  }
  throw new Error(`'${program}' does not start`);
}
