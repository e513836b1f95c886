/**
 * What Linux tells of processes, in `/proc` or a folder of its form. Nothing here throws: a process may be gone at any
 * moment.
 */
import * as fs from "node:fs";
import type { Environment } from "../find.ts";

/**
 * What changes when a process runs another program is in `image`, also where its number and its program's file stay.
 */
export interface ProcessState {
  pid: number;
  parent: number;
  /** A zombie has nothing else to tell. */
  isOver: boolean;
  /** With the number it names one process for ever. */
  start: string;
  image: string;
}

export interface ProcessDetails {
  /** The program's file, links resolved. */
  exe: string;
  argv: string[];
  env: Environment;
  cwd: string | null;
  /** It has file systems of its own, as in a container: its paths mean something else here. */
  isElsewhere: boolean;
}

/** Bytes of a command line, of its variables, of a list of loaded files. */
const COMMAND_CAP = 128 * 1024;
const ENVIRONMENT_CAP = 2 * 1024 * 1024;
const MAPS_CAP = 16 * 1024 * 1024;

/** Processes as Linux tells of them; what cannot be read, or ended meanwhile, is absent. */
export class Proc {
  readonly #root: string;

  constructor(root = "/proc") {
    this.#root = root;
  }

  /** The number that was last given to a process or thread; null where that is not told. */
  lastNumber(): number | null {
    const last = Number(readProcFile(`${this.#root}/loadavg`, 256).trim().split(" ")[4]);
    return Number.isSafeInteger(last) && last > 0 ? last : null;
  }

  all(): number[] {
    try {
      return fs
        .readdirSync(this.#root)
        .filter((name) => /^[1-9][0-9]*$/.test(name))
        .map(Number);
    } catch {
      return [];
    }
  }

  state(pid: number): ProcessState | null {
    const stat = readProcFile(`${this.#root}/${pid}/stat`, 4096);
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .trim()
      .split(" ");
    const field = (number: number): string => fields[number - 3] ?? "";
    if (fields.length < 20) return null;
    return {
      pid,
      parent: Number(field(4)),
      isOver: /^[ZX]$/.test(field(3)),
      start: field(22),
      image: [26, 28, 48, 50].map(field).join(":"),
    };
  }

  /** Threads answer as processes do. */
  isThread(pid: number): boolean {
    const owner = /^Tgid:\s*([0-9]+)/m.exec(readProcFile(`${this.#root}/${pid}/status`, 8192))?.[1];
    return owner !== undefined && Number(owner) !== pid;
  }

  details(pid: number): ProcessDetails | null {
    const exe = this.#link(pid, "exe");
    if (exe === null) return null;
    const words = readProcFile(`${this.#root}/${pid}/cmdline`, COMMAND_CAP).split("\0");
    const own = this.#link(pid, "ns/mnt");
    const mine = this.#ownNamespace;
    return {
      exe: exe.replace(/ \(deleted\)$/, ""),
      argv: words.slice(0, -1),
      env: this.environment(pid),
      cwd: this.#link(pid, "cwd"),
      isElsewhere: own !== null && mine !== null && own !== mine,
    };
  }

  environment(pid: number): Environment {
    const pairs = readProcFile(`${this.#root}/${pid}/environ`, ENVIRONMENT_CAP)
      .split("\0")
      .filter((each) => each.indexOf("=") > 0);
    return Object.fromEntries(
      pairs.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
    );
  }

  /** Whether the variables that it was started with hold this one. */
  has(pid: number, { name, value }: { name: string; value: string }): boolean {
    return `\0${readProcFile(`${this.#root}/${pid}/environ`, ENVIRONMENT_CAP)}`.includes(`\0${name}=${value}\0`);
  }

  /** Files that it has loaded as code or data, each once. */
  loaded(pid: number): string[] {
    const text = readProcFile(`${this.#root}/${pid}/maps`, MAPS_CAP);
    return [...new Set([...text.matchAll(/ (\/.*)$/gm)].map(([, path]) => path as string))];
  }

  get #ownNamespace(): string | null {
    try {
      return fs.readlinkSync(`${this.#root}/self/ns/mnt`);
    } catch {
      return null;
    }
  }

  #link(pid: number, name: string): string | null {
    try {
      return fs.readlinkSync(`${this.#root}/${pid}/${name}`);
    } catch {
      return null;
    }
  }
}

/** Most of what is read is small, and read often. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/** What `/proc` has is made as it is read, and has no size beforehand. Empty where it cannot be read. */
export function readProcFile(file: string, cap: number): string {
  let fd: number;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  } catch {
    return "";
  }
  const texts: Buffer[] = [];
  try {
    for (let length = 0, got = -1; got !== 0 && length < cap; length += got) {
      got = fs.readSync(fd, shared, 0, Math.min(shared.length, cap - length), null);
      if (got > 0) texts.push(Buffer.from(shared.subarray(0, got)));
    }
  } catch {
    // What came until then must do: the process has ended meanwhile.
  } finally {
    fs.closeSync(fd);
  }
  return Buffer.concat(texts).toString("utf8");
}
