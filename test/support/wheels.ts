/** Packages of Python made by hand, so that an index is a folder of the test's own. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";

/** A Python of this machine with `venv` and `ensurepip`, absolute; null where there is none. */
export const PYTHON = findPython();

function findPython(): string | null {
  try {
    return execFileSync(
      "python3",
      ["-c", "import ensurepip, venv, sys; print(getattr(sys, '_base_executable', sys.executable))"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    ).trim();
  } catch {
    return null;
  }
}

/** Files stored in a zip archive, uncompressed. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const listed: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, bytes]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    listed.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, tail, path]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(listed);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(listed.length, 8);
  end.writeUInt16LE(listed.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** What a package `name` (letters alone) of one module has; its `VERSION` says which one it is. */
function packageFiles(name: string, version: string): Record<string, string> {
  const info = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${name}.py`]: `VERSION = "${version}"\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  };
  return {
    ...files,
    [`${info}/RECORD`]: [...Object.keys(files), `${info}/RECORD`].map((each) => `${each},,\n`).join(""),
  };
}

/** Puts a package into a folder that serves as an index (`PIP_FIND_LINKS`). */
export function makeWheel(folder: string, name: string, version: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(folder, `${name}-${version}-py3-none-any.whl`), zip(packageFiles(name, version)));
}

/** Makes an environment without pip, with these packages (`NAME==VERSION`), or gives one others. */
export function makeEnvironment(folder: string, packages: readonly string[]): void {
  if (!fs.existsSync(folder)) execFileSync(PYTHON as string, ["-m", "venv", "--without-pip", folder]);
  const [lib = ""] = fs.readdirSync(join(folder, "lib"));
  const place = join(folder, "lib", lib, "site-packages");
  for (const each of fs.readdirSync(place)) fs.rmSync(join(place, each), { recursive: true });
  for (const each of packages) {
    const [name = "", version = ""] = each.split("==");
    for (const [path, text] of Object.entries(packageFiles(name, version))) {
      fs.mkdirSync(dirname(join(place, path)), { recursive: true });
      fs.writeFileSync(join(place, path), text);
    }
  }
}
