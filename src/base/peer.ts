/** Who is at the other end of a connection within this machine. */
import * as fs from "node:fs";
import type { Socket } from "node:net";
import { getuid } from "node:process";

/** What Linux tells of its connections, also of those that a socket of IPv6 opened to an address of IPv4. */
function connections(): string | null {
  const told = ["tcp", "tcp6"].map((name) => {
    try {
      return fs.readFileSync(`/proc/net/${name}`, "latin1");
    } catch {
      return null;
    }
  });
  return told.every((each) => each === null) ? null : told.join("\n");
}

/**
 * Whether it may be this user's: false only where the system tells that another user opened it. The system's own user
 * may, who forwards ports for others. `own`, `told`: who this user is, and what the system tells.
 */
export function isOfThisUser(
  { localPort, remotePort, remoteAddress = "" }: Pick<Socket, "localPort" | "remotePort" | "remoteAddress">,
  own = getuid?.() ?? 0,
  told: () => string | null = connections,
): boolean {
  if (own === 0 || localPort === undefined || remotePort === undefined) return true;
  const user = userOf({ from: remotePort, at: remoteAddress, to: localPort }, told() ?? "");
  return user === null || user === own || user === 0;
}

/** The user who holds one end of a connection over IPv4 loopback; null where that is not told. */
function userOf({ from, at, to }: { from: number; at: string; to: number }, told: string): number | null {
  // Whoever connects chooses his own address: each of 127.0.0.0/8, or one of the machine's.
  const [address, ours] = [hexAddress(at), hexAddress("127.0.0.1")];
  const ends = ["", MAPPED].map((family) => ` ${family}${address}:${hex(from, 4)} ${family}${ours}:${hex(to, 4)} `);
  const line = told.split("\n").find((each) => ends.some((end) => each.includes(end)));
  const user = line?.trim().split(/\s+/)[7];
  return user === undefined || !/^\d+$/.test(user) ? null : Number(user);
}

/** Before an address of IPv4 in one of IPv6, as Linux prints it: each four bytes in the machine's order. */
const MAPPED = "0000000000000000FFFF0000";

/** Of IPv4, as a machine prints it whose lowest byte is first. */
function hexAddress(address: string): string {
  const bytes = address
    .replace(/^::ffff:/i, "")
    .split(".")
    .map(Number);
  return bytes
    .toReversed()
    .map((byte) => hex(byte, 2))
    .join("");
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
