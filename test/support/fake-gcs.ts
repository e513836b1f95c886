/** fake-gcs-server, an independent emulator: found where it is installed, started on loopback. */
import { findServer } from "./find-server.ts";
import { startServer } from "./start-server.ts";

/** Null where it is not installed. */
export const FAKE_GCS = findServer("fake-gcs-server", "MVGIT_FAKE_GCS_SERVER");

/** For the names of tests that need it. */
export const NO_FAKE_GCS =
  FAKE_GCS === null ? " (skipped: not on PATH, in Go's folder or in MVGIT_FAKE_GCS_SERVER)" : "";

/** With an empty bucket `bucket`, in memory. */
export async function startFakeGcs(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startServer({
    program: FAKE_GCS as string,
    words(port) {
      const own = ["-external-url", `http://127.0.0.1:${port}`, "-backend", "memory"];
      return ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port), ...own];
    },
  });
  const made = await fetch(`${server.url}/storage/v1/b?project=p`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "bucket" }),
  });
  if (!made.ok) throw new Error("the emulator makes no bucket");
  return server;
}
