/** Shows an address in the user's browser, where there is one to be seen. */
import { spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import { platform } from "node:process";
import { canRun, withSearchPath } from "../base/search-path.ts";
import { type Environment, findOnPath } from "./find.ts";

/** A program, and what it is to be given. */
interface Opener {
  file: string;
  args: string[];
}

/** Whether the user sits elsewhere: a browser that started here would be seen by nobody. */
export function isFarAway(env: Environment): boolean {
  return Boolean(env["SSH_CONNECTION"] ?? env["SSH_TTY"] ?? env["SSH_CLIENT"]);
}

/**
 * Starts what opens addresses, and waits for nothing; false where there is none. `$BROWSER` counts wherever the user
 * sits: editors that work on other machines set it to a program that opens it on theirs.
 */
export function openAddress(address: string, { cwd, env }: { cwd: string; env: Environment }): boolean {
  const opener = chosen(address, env) ?? (isFarAway(env) ? null : ofSystem(address, env));
  if (opener === null) return false;
  const child = spawn(opener.file, opener.args, {
    cwd,
    env: withSearchPath({ ...env }),
    stdio: "ignore",
    // It is to stay when this process ends, and hear none of the signals of its terminal.
    detached: true,
    windowsHide: true,
  });
  child.on("error", () => undefined);
  child.unref();
  return true;
}

/**
 * By `$BROWSER`: commands, separated by colons, in which `%s` stands for the address. A name is no program of the
 * current folder, which may be a repository.
 */
function chosen(address: string, env: Environment): Opener | null {
  for (const command of (env["BROWSER"] ?? "").split(platform === "win32" ? ";" : ":")) {
    const [name = "", ...args] = command.trim().split(/\s+/);
    const file = isAbsolute(name) ? name : findOnPath(name, env);
    if (file === null || !canRun(file)) continue;
    const filled = args.map((each) => each.replaceAll("%s", address));
    return { file, args: command.includes("%s") ? filled : [...args, address] };
  }
  return null;
}

function ofSystem(address: string, env: Environment): Opener | null {
  const known = (name: string, ...args: string[]): Opener | null => {
    const file = findOnPath(name, env);
    return file === null ? null : { file, args };
  };
  if (platform === "darwin") return known("open", address);
  if (platform === "win32") return known("rundll32", "url.dll,FileProtocolHandler", address);
  if (env["WSL_DISTRO_NAME"] !== undefined || env["WSL_INTEROP"] !== undefined)
    return known("wslview", address) ?? known("rundll32.exe", "url.dll,FileProtocolHandler", address);
  const hasScreen = Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]);
  return hasScreen ? (known("xdg-open", address) ?? known("sensible-browser", address)) : null;
}
