/** Who holds a lock, for how long, and what a holder that lost it does. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFile, removeFile } from "../../src/base/disk.ts";
import { planFaults } from "../../src/base/faults.ts";
import { withLock } from "../../src/base/lock.ts";
import { nameOfOwner, stateOf, stateOfOwner, thisProcess } from "../../src/base/processes.ts";

/** Quick, and in the same proportions. */
const TIMES = { patience: 800, beat: 20, watch: { here: 300, elsewhere: 300 }, fresh: 0 };
const QUIET = { ...TIMES, beat: 60_000 };

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-lock-"));
  file = join(folder, "lock");
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const [host, , start, boot, space] = thisProcess().split(" ");
const dead = (): number => spawnSync("true").pid;
const take = (times = TIMES): Promise<string> => withLock(file, async () => "held", times);

it("names its holder, and leaves nothing", async () => {
  await withLock(file, async () =>
    expect(fs.readFileSync(file, "utf8")).toMatch(new RegExp(`^${host} ${pid} \\S+ \\S+ \\S+ [0-9a-f]{16}\\n$`)),
  );
  expect(fs.readdirSync(folder)).toEqual([]);
});

it.each([
  ["whose process is gone", () => `${host} ${dead()} 1 ${boot} ${space} aa\n`],
  ["whose number is another process's by now", () => `${host} 1 99999999 ${boot} ${space} aa\n`],
  ["that had this process's number", () => `${host} ${pid} 1 ${boot} ${space} aa\n`],
  ["of another name of this host", () => `other ${dead()} 1 ${boot} ${space} aa\n`],
  ["of an earlier version", () => `${hostname()} ${dead()}\n`],
])("a dead holder %s blocks nobody, not even for the time of a sign of life", async (_, text) => {
  fs.writeFileSync(file, text());
  expect(await take({ ...TIMES, watch: { here: 60_000, elsewhere: 60_000 } })).toBe("held");
  expect(fs.readdirSync(folder)).toEqual([]);
});

it.each([
  ["in another PID namespace, of this host's name", `${host} 999999 ${start} ${boot} 77 aa\n`],
  ["of another host of this name", `${host} 999999 ${start} abcdef ${space} aa\n`],
  ["of another host", "other 1 5 abcdef 8 aa\n"],
])("a holder %s keeps it while it gives signs of life, however old it is, and no longer", async (_, text) => {
  fs.writeFileSync(file, text);
  const beating = setInterval(() => fs.utimesSync(file, 1, fs.statSync(file).mtimeMs / 1000 + 0.001), 50);
  fs.utimesSync(file, 1, 1);
  await expect(take()).rejects.toMatchObject({ code: "lock-held" });
  expect(fs.readFileSync(file, "utf8")).toBe(text);
  clearInterval(beating);
  expect(await take({ ...TIMES, patience: 10_000 })).toBe("held");
});

it.each([
  ["nothing, torn by a crash", ""],
  ["an earlier version's mark with this process's number", `${hostname()} ${pid}\n`],
  ["this process's mark, from before", `${thisProcess()} aa\n`],
])("what holds %s is taken when no sign of life comes", async (_, text) => {
  fs.writeFileSync(file, text);
  expect(await take()).toBe("held");
});

it("an earlier version elsewhere, which gives no signs, is left alone for 15 minutes by its disk", async () => {
  fs.writeFileSync(file, "other 1\n");
  await expect(take()).rejects.toMatchObject({ code: "lock-held" });
  fs.utimesSync(file, Date.now() / 1000 - 1000, Date.now() / 1000 - 1000);
  expect(await take()).toBe("held");
});

it("is given a sign of life again and again, also while the thread that holds it is at work", async () => {
  await withLock(
    file,
    async () => {
      await sleep(300);
      const before = fs.statSync(file).mtimeMs;
      // Synchronous on purpose.
      for (let tries = 0; fs.statSync(file).mtimeMs <= before && tries < 60; tries++) spawnSync("sleep", ["0.3"]);
      expect(fs.statSync(file).mtimeMs).toBeGreaterThan(before);
    },
    TIMES,
  );
});

it("of two in this process the second waits for the first", async () => {
  const order: number[] = [];
  const first = withLock(
    file,
    async () => {
      await sleep(600);
      order.push(1);
    },
    { ...QUIET, watch: { here: 100, elsewhere: 100 } },
  );
  await withLock(file, async () => void order.push(2), { ...QUIET, watch: { here: 100, elsewhere: 100 } });
  await first;
  expect(order).toEqual([1, 2]);
});

it.each([
  ["was taken over", () => fs.writeFileSync(`${file}.new`, "other 1 5 abcdef 8 aa\n")],
  ["is gone", () => fs.rmSync(file)],
  ["became a link to bytes without an end", () => fs.symlinkSync("/dev/zero", `${file}.new`)],
])("a holder whose lock %s changes nothing more, and removes no lock of others", async (_, happens) => {
  const work = withLock(
    file,
    async () => {
      fs.closeSync(createFile(join(folder, "before")));
      happens();
      if (fs.readdirSync(folder).includes("lock.new")) fs.renameSync(`${file}.new`, file);
      await sleep(150);
      expect(() => createFile(join(folder, "after"))).toThrow("was taken over");
      removeFile(join(folder, "before"));
    },
    QUIET,
  );
  await expect(work).rejects.toMatchObject({ code: "lock-held" });
  expect(fs.readdirSync(folder)).toEqual(fs.existsSync(file) ? ["before", "lock"] : ["before"]);
});

it("many who want one of a dead holder get it one after the other", async () => {
  fs.writeFileSync(file, `${host} ${dead()} 1 ${boot} ${space} aa\n`);
  let [inside, most] = [0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await sleep(5);
    inside--;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(file, work, { ...TIMES, patience: 20_000 })));
  expect([most, inside]).toEqual([1, 0]);
  expect(fs.readdirSync(folder)).toEqual([]);
});

it.each(["ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS"])(
  "%s at any of its steps is told as that, and leaves no file",
  async (code) => {
    file = join(folder, "below", "lock");
    for (let at = 1; at <= 4; at++) {
      fs.rmSync(join(folder, "below"), { recursive: true, force: true });
      planFaults(`${code}@${at}`);
      await expect(take(QUIET)).rejects.toMatchObject({
        code: {
          ENOSPC: "disk-full",
          EDQUOT: "disk-full",
          EIO: "disk-failed",
          EACCES: "file-unreadable",
          EROFS: "read-only",
        }[code],
      });
      expect(fs.existsSync(join(folder, "below")) ? fs.readdirSync(join(folder, "below")) : []).toEqual([]);
    }
    planFaults("count@0");
  },
);

it("a mark says what it can of its process", () => {
  expect(stateOf(thisProcess())).toBe("runs");
  expect(stateOf(`${host} ${dead()} 1 ${boot} ${space}`)).toBe("ended");
  expect(stateOf(`${host} ${pid} ${start} ${boot} 77`)).toBe("unknown");
  expect(stateOf(`${host} ${pid} ${start} 77 ${space}`)).toBe("unknown");
  expect(stateOf(`${host} ${pid} ${start}`)).toBe("runs");
  expect(["", "x", "x y z", `${host} 0`, `${host} -1`].map(stateOf)).toEqual(Array(5).fill("unknown"));
  expect(stateOfOwner(nameOfOwner())).toBe("runs");
  expect(stateOfOwner(`part.${"a".repeat(64)}.${nameOfOwner()}`)).toBe("runs");
  expect(stateOfOwner(nameOfOwner().replace(`.${pid}.`, `.${dead()}.`))).toBe("ended");
  expect(stateOfOwner(nameOfOwner().replace(`-${space}-`, "-77-"))).toBe("unknown");
  expect(stateOfOwner("otherhost.1.cccc")).toBe("unknown");
});

it.each<[string, (path: string) => void]>([
  [
    "a link to another file",
    (path) => (fs.writeFileSync(`${path}-other`, "mine"), fs.symlinkSync(`${path}-other`, path)),
  ],
  ["a link to nothing", (path) => fs.symlinkSync(join(folder, "nothing"), path)],
  ["a link to bytes without an end", (path) => fs.symlinkSync("/dev/zero", path)],
  ["a pipe", (path) => void spawnSync("mkfifo", [path])],
  ["a folder", (path) => fs.mkdirSync(path)],
])("%s in its place is told at once, and stays", async (_, put) => {
  put(file);
  await expect(take()).rejects.toMatchObject({
    code: "file-unreadable",
    hint: expect.stringContaining("move it away"),
  });
  expect(fs.lstatSync(file).isFile()).toBe(false);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith("lock."))).toEqual([]);
});

it("gigabytes in its place are not read, and nobody's when no sign of life comes", async () => {
  fs.writeFileSync(file, "");
  fs.truncateSync(file, 3 * 2 ** 30);
  expect(await take({ ...TIMES, patience: 10_000 })).toBe("held");
});
