/** Connections whose other side answers before it has read all, and closes. */
import type { Socket } from "node:net";
import { systemCode } from "./errors.ts";

type Done = (error?: Error | null) => void;

const CUT = new Set(["ECONNRESET", "EPIPE"]);
const prepared = new WeakSet<Socket>();

/**
 * Has a write that meets a closed connection fail only once all that came on it was read. Node ends a connection with
 * the first write that fails, and what lies unread in the system is lost: the refusal for which the other side closed.
 */
export function readBeforeFailing(socket: Socket): void {
  if (prepared.has(socket)) return;
  prepared.add(socket);
  // What whoever implements a stream defines: an own property counts before the one of the class.
  const write = socket._write.bind(socket);
  const writeAll = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, onceRead(done));
  if (writeAll !== undefined) socket._writev = (chunks, done) => writeAll(chunks, onceRead(done));
}

function onceRead(done: Done): Done {
  return (error) => {
    if (!error || !CUT.has(systemCode(error) ?? "")) return done(error);
    // Between one turn of the loop and the next but one, the system was asked for all connections' bytes once.
    setImmediate(() => setImmediate(() => done(error)));
  };
}
