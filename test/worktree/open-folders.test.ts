import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RepoPath } from "../../src/base/paths.ts";
import { moveToFree } from "../../src/base/disk.ts";
import { TemporaryFolder } from "../../src/store/temporary.ts";
import { nameAside, putInPlace, takeAway } from "../../src/worktree/act.ts";
import { OpenFolders } from "../../src/worktree/open-folders.ts";
import { look } from "../../src/worktree/stamp.ts";

let dir: string;
const at = (path: string): string => join(dir, path);
beforeEach(() => {
  dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "mvgit-folders-")));
  for (const name of ["top", "outside", "tmp"]) fs.mkdirSync(at(name));
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

const isLinux = fs.existsSync("/proc/self/fd");
describe.each([
  ["by handles", true],
  ["by names", false],
] as const)("%s", (_, handles) => {
  const skipped = handles && !isLinux;
  const open = (): OpenFolders => new OpenFolders(at("top"), at("blobs"), { handles });
  const path = (text: string): RepoPath => text as RepoPath;

  it.skipIf(skipped)("makes the folders that are absent, and reaches what is there", () => {
    const folders = open();
    fs.writeFileSync(folders.reach(path("a/b/c"), { make: true }), "x");
    expect(fs.readFileSync(at("top/a/b/c"), "utf8")).toBe("x");
    expect(fs.readFileSync(folders.reach(path("a/b/c")), "utf8")).toBe("x");
    expect(look(folders.reach(path("no/such/file")))).toBeNull();
    expect(fs.existsSync(at("top/no"))).toBe(false);
    folders.renew();
    folders.close();
  });

  it.skipIf(skipped)("refuses links, files and repositories on the way", () => {
    fs.symlinkSync(at("outside"), at("top/link"));
    fs.mkdirSync(at("top/real"));
    fs.symlinkSync(at("outside"), at("top/real/link"));
    fs.writeFileSync(at("top/file"), "");
    fs.mkdirSync(at("top/other/.git"), { recursive: true });
    for (const [inside, code] of [
      ["link/x", "link-refused"],
      ["real/link/x", "link-refused"],
      ["file/x", "local-changes"],
      ["other/x", "cannot-add"],
    ] as const) {
      const folders = open();
      expect(() => folders.reach(path(inside), { make: true }), inside).toThrow(expect.objectContaining({ code }));
      folders.close();
    }
    expect(fs.readdirSync(at("outside"))).toEqual([]);
  });

  it.skipIf(skipped)("tells of a folder that became another one meanwhile", () => {
    fs.mkdirSync(at("top/a"));
    const folders = open();
    folders.reach(path("a/x"));
    fs.renameSync(at("top/a"), at("moved"));
    fs.symlinkSync(at("outside"), at("top/a"));
    expect(() => folders.renew()).toThrow(/'a' (was moved|is a symbolic link)/);
    folders.close();
  });
});

it.skipIf(!isLinux)("a handle leads into the folder that was held, whatever has its name", () => {
  fs.mkdirSync(at("top/a"));
  const folders = new OpenFolders(at("top"), at("blobs"));
  const place = folders.reach("a/x" as RepoPath);
  fs.renameSync(at("top/a"), at("moved"));
  fs.symlinkSync(at("outside"), at("top/a"));
  fs.writeFileSync(place, "x");
  expect([fs.readdirSync(at("moved")), fs.readdirSync(at("outside"))]).toEqual([["x"], []]);
  folders.close();
});

describe("one file", () => {
  const context = (): Parameters<typeof takeAway>[1] => ({
    blobs: at("blobs"),
    temporary: new TemporaryFolder(at("tmp")),
  });
  const spot = (seen: string | null): { at: string; shown: string; seen: string | null } => ({
    at: at("top/f"),
    shown: "f",
    seen,
  });
  const next = (): string => {
    fs.writeFileSync(at("tmp/next"), "new");
    return at("tmp/next");
  };
  const stamp = (): string => (look(at("top/f")) as { stamp: string }).stamp;
  beforeEach(() => fs.writeFileSync(at("top/f"), "old"));

  it("is replaced and removed as it was seen, and nothing is left aside", () => {
    expect(putInPlace(next(), spot(stamp()), context())).toBe(true);
    expect(fs.readFileSync(at("top/f"), "utf8")).toBe("new");
    expect(takeAway({ ...spot(null), seen: stamp() }, context())).toBe(true);
    expect([fs.readdirSync(at("top")), fs.readdirSync(at("tmp"))]).toEqual([[], []]);
  });

  it("is left as it is when it is another, gone, or came where nothing was", () => {
    const seen = stamp();
    fs.writeFileSync(at("top/f"), "mine");
    expect(putInPlace(next(), spot(seen), context())).toBe(false);
    expect(takeAway({ ...spot(null), seen }, context())).toBe(false);
    expect(putInPlace(next(), spot(null), context())).toBe(false);
    expect(fs.readFileSync(at("top/f"), "utf8")).toBe("mine");
    fs.rmSync(at("top/f"));
    expect(putInPlace(next(), spot(seen), context())).toBe(false);
    expect([fs.readdirSync(at("top")), fs.readdirSync(at("tmp"))]).toEqual([[], []]);
  });

  it("moved to a free name takes none that is taken: by a file, a folder, a link that leads nowhere", () => {
    fs.writeFileSync(at("top/f.before-checkout"), "");
    fs.mkdirSync(at("top/f.before-checkout-2"));
    fs.symlinkSync("nowhere", at("top/f.before-checkout-3"));
    expect(nameAside(at("top/f"))).toBe(".before-checkout-4");
    expect(fs.readFileSync(at("top/f.before-checkout-4"), "utf8")).toBe("old");
    fs.symlinkSync("goal", at("top/link"));
    expect(moveToFree(at("top/link"), at("top/f.before-checkout"))).toBe(false);
    expect(moveToFree(at("top/link"), at("top/elsewhere"))).toBe(true);
    expect(fs.readlinkSync(at("top/elsewhere"))).toBe("goal");
    expect(moveToFree(at("top/f.before-checkout-2"), at("top/elsewhere"))).toBe(false);
  });
});
