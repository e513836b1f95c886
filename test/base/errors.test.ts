import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { asMvgitError, fromSystem, tellPlace } from "../../src/base/system-errors.ts";

tellPlace("/var/a cache", "cache");
tellPlace("/mnt/store", "remote");

function hintFor(code: string, file: string): string | undefined {
  return fromSystem(Object.assign(new Error(code), { code, path: file }), "write 'x'", "x").hint;
}

it.each([
  ["ENOSPC", "/var/a cache/tmp/1", /^free some space \('mvgit gc --dry-run' .*'git config mvgit\.cacheDir DIR'/],
  ["EDQUOT", "/var/a cache", /mvgit\.cacheDir/],
  ["ENOSPC", "/var/a cache of another/x", /on the disk of the work tree/],
  ["ENOSPC", "/mnt/store/tmp/1", /^free some space in the remote's folder \('mvgit gc --remote --dry-run'/],
  ["ENOSPC", join(tmpdir(), "mvgit-run-1"), /set TMPDIR to a folder on a larger disk/],
  ["ENOSPC", "/work tree/x", /^free some space on the disk of the work tree/],
  ["EROFS", "/var/a cache/tmp/1", /^keep the cache on another disk: 'git config mvgit\.cacheDir DIR'/],
  ["EROFS", "/work tree/x", /^mount it for writing/],
  ["EACCES", "/mnt/store/tmp/1", /^ask who owns the remote's folder/],
  ["EACCES", "/work tree/x", /^check the owner and the mode/],
  ["EMFILE", "/work tree/x", /ulimit -n/],
  ["ENAMETOOLONG", "/work tree/x", /rename it/],
  ["EIO", "/work tree/x", /system's log/],
  ["ENOTDIR", "/work tree/x", /^move away what stands in the way of '\/work tree\/x'/],
  ["EISDIR", "/work tree/x", /^move away/],
  ["EEXIST", "/work tree/x", /^move away/],
  ["ELOOP", "/work tree/x", /^move away/],
] as const)("%s at '%s' is answered by what helps there", (code, file, hint) => {
  expect(hintFor(code, file)).toMatch(hint);
});

it("says how much is free where that can be seen, and words besides the code", () => {
  expect(hintFor("ENOSPC", "/var/a cache/tmp/1")).toMatch(/; [\d.]+ (B|KiB|MiB|GiB|TiB) are free there$/);
  expect(fromSystem(Object.assign(new Error("x"), { code: "EMFILE" }), "read 'x'", "x").message).toBe(
    "cannot read 'x': too many files are open (EMFILE)",
  );
});

it("whoever may not read a remote is told to ask for that", () => {
  const denied = Object.assign(new Error("EACCES"), { code: "EACCES", path: "/mnt/store/blobs/aa/b" });
  expect([fromSystem(denied, "read 'x'", "x").hint, fromSystem(denied, "write 'x'", "x").hint]).toEqual([
    expect.stringContaining("to read there"),
    expect.stringContaining("to write there"),
  ]);
});

it("what the system said of a file is told by the file's name", () => {
  const error = asMvgitError(
    Object.assign(new Error("EACCES: permission denied, open '/a/b'"), {
      code: "EACCES",
      path: "/a/b",
      syscall: "open",
      errno: -13,
    }),
  );
  expect([error.code, error.message, error.subject]).toEqual([
    "file-unreadable",
    "cannot open '/a/b': permission denied (EACCES)",
    "/a/b",
  ]);
});
