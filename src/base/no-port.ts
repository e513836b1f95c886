/** Why a port cannot be listened on, as people who chose it need to know. */
import { MvgitError, systemCode } from "./errors.ts";
import { fromSystem } from "./system-errors.ts";

export function noPort(error: unknown, port: number): unknown {
  const code = systemCode(error) ?? "";
  if (code === "EADDRINUSE" || code === "EACCES")
    return new MvgitError(
      "usage",
      `port ${port} cannot be used: ${code === "EACCES" ? "the system keeps it" : "it is taken"}`,
      { subject: String(port), hint: "name another with '--port', or none: one that is free is found" },
    );
  return fromSystem(error, "listen on this machine", "127.0.0.1");
}
