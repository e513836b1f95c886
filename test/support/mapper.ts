/** A program that maps files and keeps writing to them, as numpy.memmap, LMDB and FAISS do. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";

const CODE = `
import mmap, sys
maps = {}
for line in sys.stdin:
    path, text = line.rstrip("\\n").split("\\t")
    if path not in maps:
        with open(path, "r+b") as file:
            maps[path] = mmap.mmap(file.fileno(), 0)
    maps[path][0:len(text)] = text.encode()
    print("done", flush=True)
`;

/** Whether this machine has a Python to do it with. */
export function hasPython(): boolean {
  try {
    execFileSync("python3", ["-c", "import mmap"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface Mapper {
  /**
   * Writes a text to the file's start, through a mapping that stays; its page is left for the system to put on disk.
   */
  write(file: string, text: string): Promise<void>;
  close(): Promise<void>;
}

export function startMapper(): Mapper {
  const child: ChildProcess = spawn("python3", ["-c", CODE], { stdio: ["pipe", "pipe", "inherit"] });
  return {
    write: (file, text) =>
      new Promise((resolve) => {
        child.stdout?.once("data", () => resolve());
        child.stdin?.write(`${file}\t${text}\n`);
      }),
    close: () =>
      new Promise((resolve) => {
        child.on("close", () => resolve());
        child.stdin?.end();
      }),
  };
}
