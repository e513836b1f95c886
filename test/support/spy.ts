/** Looks over the shoulder of a started program: what it opens to read, and what happens to a file meanwhile. */
import * as fs from "node:fs";
import { join } from "node:path";

/** Loaded into the program before its own code; `fs` is shared by all of it, worker threads too. */
const PRELOAD = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import childProcess from "node:child_process";
const { SPY_LOG, SPY_FILE, SPY_THEN, SPY_FAIL, SPY_NO_FLUSH } = process.env;
const real = { open: fs.promises.open, append: fs.appendFileSync, write: fs.writeSync, close: fs.closeSync };
real.spawn = childProcess.spawn;
for (const name of ["openSync", "readSync", "readdirSync", "fsyncSync", "renameSync", "linkSync"])
  real[name] = fs[name];
const tell = (...words) => real.append(SPY_LOG, words.join("\\t") + "\\n");
const flushed = (path) => {
  if (SPY_NO_FLUSH) throw Object.assign(new Error("EIO: planned"), { code: "EIO" });
  tell("flush", path);
};
const isRead = (flags) => typeof flags === "string" ? flags.startsWith("r") : ((flags ?? 0) & 3) === 0;
let isPending = SPY_THEN !== undefined;
const disturb = (path) => {
  if (!isPending || String(path) !== SPY_FILE) return;
  isPending = false;
  if (SPY_THEN === "vanish") fs.unlinkSync(path);
  if (SPY_THEN === "shrink") fs.truncateSync(path, 1);
  if (SPY_THEN === "grow") real.append(path, "more");
  if (SPY_THEN === "change") { const fd = real.openSync(path, "r+"); real.write(fd, "X", 0); real.close(fd); }
};
const paths = new Map();
fs.openSync = (path, flags, ...rest) => {
  const fd = real.openSync(path, flags, ...rest);
  paths.set(fd, path);
  if (isRead(flags)) tell("open", path);
  return fd;
};
fs.fsyncSync = (fd) => { flushed(paths.get(fd)); return real.fsyncSync(fd); };
fs.renameSync = (from, to) => { tell("name", from, to); return real.renameSync(from, to); };
fs.linkSync = (from, to) => { tell("name", from, to); return real.linkSync(from, to); };
childProcess.spawn = (program, args, ...rest) => {
  if (args?.[0] === "-f") flushed("*");
  return real.spawn(program, args, ...rest);
};
fs.readSync = (fd, ...rest) => { const got = real.readSync(fd, ...rest); disturb(paths.get(fd)); return got; };
fs.promises.open = async (path, flags, ...rest) => {
  const handle = await real.open(path, flags, ...rest);
  const sync = handle.sync.bind(handle);
  handle.sync = async () => { flushed(path); return sync(); };
  if (!isRead(flags)) return handle;
  tell("open", path);
  paths.set(handle.fd, path);
  const read = handle.read.bind(handle);
  handle.read = async (...args) => { const got = await read(...args); disturb(path); return got; };
  return handle;
};
fs.readdirSync = (path, ...rest) => {
  if (!SPY_FAIL || !String(path).startsWith(SPY_FAIL)) return real.readdirSync(path, ...rest);
  throw Object.assign(new Error("EIO: planned"), { code: "EIO" });
};
syncBuiltinESMExports();
`;

export interface Spy {
  /** To be added to the program's environment. */
  env: Record<string, string>;
  /**
   * What happened since the last call, in order: `open`, PATH (to read); `flush`, PATH (`*`: a file system); `name`,
   * FROM, TO.
   */
  events(): string[][];
  /** Paths that were opened for reading since the last call, in order. */
  opened(): string[];
}

/**
 * `disturb`: what happens to `file` right after its first bytes were read. `failListing`: a folder whose
 * entries cannot be read. `failFlush`: no flush succeeds.
 */
export function spyOn(
  folder: string,
  options: {
    file?: string;
    disturb?: "vanish" | "shrink" | "grow" | "change";
    failListing?: string;
    failFlush?: boolean;
  } = {},
): Spy {
  const preload = join(folder, "spy.mjs");
  const log = join(folder, "spy.log");
  fs.writeFileSync(preload, PRELOAD);
  fs.writeFileSync(log, "");
  const env: Record<string, string> = { NODE_OPTIONS: `--import ${preload}`, SPY_LOG: log };
  if (options.file) env["SPY_FILE"] = options.file;
  if (options.disturb) env["SPY_THEN"] = options.disturb;
  if (options.failListing) env["SPY_FAIL"] = options.failListing;
  if (options.failFlush) env["SPY_NO_FLUSH"] = "1";
  const events = (): string[][] => {
    const lines = fs.readFileSync(log, "utf8").split("\n").filter(Boolean);
    fs.writeFileSync(log, "");
    return lines.map((line) => line.split("\t"));
  };
  return {
    env,
    events,
    opened: () =>
      events()
        .filter(([what]) => what === "open")
        .map(([, path = ""]) => path),
  };
}
