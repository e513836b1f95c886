/** What other programs write, read and written as they do it. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDvcConfig } from "../../src/bridges/dvc/format-config.ts";
import { formatDvcFile, readDvcFile, readDvcLock } from "../../src/bridges/dvc/format-file.ts";
import { formatDvcListing, readDvcListing } from "../../src/bridges/dvc/format-folder.ts";
import type { ForeignName } from "../../src/bridges/foreign/name.ts";
import { lfsTrackLine, withoutLfs } from "../../src/bridges/lfs/git-attributes.ts";
import { formatLfsPointer, readLfsPointer } from "../../src/bridges/lfs/pointer.ts";
import { Check } from "../../src/bridges/foreign/check.ts";
import { path as anyPath } from "../property/paths.ts";

const MD5 = "5f8f1854b9db38daf682d3702df7118a";

describe("DVC's files", () => {
  it("tells files, folders, versions and imports", async () => {
    const text =
      `md5: ${MD5}\nwdir: sub\nfrozen: true\ndeps:\n- path: data\n  repo:\n    url: ` +
      `https://example.org/r.git\n` +
      `    rev_lock: abc\nouts:\n- md5: ${MD5}\n  size: 10\n  hash: md5\n  path: big.bin\n- md5: ${MD5}.dir\n ` +
      ` nfiles: 2\n  path: data\n`;
    const origin = { url: "https://example.org/r.git", revision: "abc" };
    expect(await readDvcFile(text)).toEqual({
      kind: "outs",
      outs: [
        {
          path: "sub/big.bin",
          isFolder: false,
          origin,
          name: { algorithm: "md5", digest: MD5, size: 10, foldsLines: false },
        },
        {
          path: "sub/data",
          isFolder: true,
          origin,
          name: { algorithm: "md5", digest: MD5, size: null, foldsLines: true },
        },
      ],
      odd: [],
    });
  });

  it.each([
    ["cache: false", "Git keeps it ('cache: false')"],
    ["hash: sha256", "it is named by 'sha256' instead of MD5"],
    ["md5: ABC", "its MD5 is not 32 lower-case hexadecimal characters"],
  ])("says why an output with '%s' is left", async (line, reason) => {
    const md5 = line.startsWith("md5") ? "" : `  md5: ${MD5}\n`;
    expect(await readDvcFile(`outs:\n- path: x\n${md5}  ${line}\n`)).toEqual({
      kind: "outs",
      outs: [],
      odd: [{ path: "x", reason }],
    });
  });

  it("finds the stages of a lock file, in the folders that dvc.yaml gives them", async () => {
    const lock =
      `schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n    - path: model.bin\n      hash: md5\n ` +
      `     md5: ${MD5}\n      size: 3\n  prep@a:\n    cmd: y\n    outs:\n    - path: out\n      hash: md5\n ` +
      `     md5: ${MD5}.dir\n`;
    const pipeline =
      "stages:\n  train:\n    cmd: x\n    wdir: src\n  prep:\n    foreach: [a]\n    do:\n      wdir: lists\n " +
      (" " + "    cmd: y\n");
    const read = await readDvcLock(lock, pipeline);
    expect(read.kind === "outs" && read.outs.map((out) => out.path)).toEqual(["src/model.bin", "lists/out"]);
  });

  it("a file that is written reads back, whatever its name", async () => {
    await fc.assert(
      fc.asyncProperty(anyPath, fc.stringMatching(/^[0-9a-f]{32}$/), async (path, md5) => {
        fc.pre(!path.startsWith("~") && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path) && !path.includes("${"));
        const read = await readDvcFile(formatDvcFile({ md5, size: 5, path }));
        expect(read).toMatchObject({
          kind: "outs",
          outs: [{ path, name: { digest: md5, size: 5, foldsLines: false } }],
        });
      }),
    );
  });

  it("a listing is written as DVC writes it", () => {
    const text =
      '[{"md5": "60b725f10c9c85c70d97880dfe8191b3", "relpath": "a"}, {"md5": ' +
      '"3b5d5c3712955042212316173ccf37be", "relpath": "\\u00e9"}]';
    const listed = readDvcListing(Buffer.from(text));
    if ("reason" in listed) throw new Error(listed.reason);
    expect(listed.map(({ path }) => path)).toEqual(["a", "é"]);
    expect(formatDvcListing(listed.toReversed())).toBe(text);
    expect(createHash("md5").update(text).digest("hex")).toBe("a8eb7212561d4e1996467c32ecd64dbf");
  });

  it.each(["", "{}", '[{"md5": "x", "relpath": "a"}]', '[{"md5": "60b725f10c9c85c70d97880dfe8191b3"}]', "[null]"])(
    "%j is no listing",
    (text) => {
      expect(readDvcListing(Buffer.from(text))).toHaveProperty("reason");
    },
  );

  it("settings: the last value counts, quotes and blanks do not", () => {
    const config = readDvcConfig(
      "[core]\n    remote = a\n['remote \"a\"']\n    url = gs://b/c\n[remote \"b\"]\nurl='/x y'\n[cache]\n " +
        ("dir " + "= ../c\n# dir = z\n"),
    );
    expect(config).toEqual({
      remote: "a",
      cacheDir: "../c",
      remotes: new Map([
        ["a", new Map([["url", "gs://b/c"]])],
        ["b", new Map([["url", "/x y"]])],
      ]),
    });
  });
});

describe("a check of bytes against a foreign name", () => {
  const nameOf = (bytes: Buffer, more: Partial<ForeignName> = {}): ForeignName => ({
    algorithm: "md5",
    digest: createHash("md5").update(bytes).digest("hex"),
    size: null,
    foldsLines: false,
    ...more,
  });
  const check = (name: ForeignName, ...chunks: Buffer[]): unknown => {
    const made = new Check(name);
    for (const chunk of chunks) made.update(chunk);
    return made.end();
  };

  it("a text of DVC 2 with CRLF is right after folding, in any portions, and nothing else is", () => {
    const lf = Buffer.from("a,b\n".repeat(400_000));
    const crlf = Buffer.from("a,b\r\n".repeat(400_000));
    const portions = Buffer.concat(
      [0, 1].map((at) =>
        Buffer.from(
          crlf
            .subarray(at * 1048576, (at + 1) * 1048576)
            .toString("latin1")
            .replaceAll("\r\n", "\n"),
          "latin1",
        ),
      ),
    );
    const old = nameOf(portions, { foldsLines: true });
    expect(check(old, crlf)).toBe("folded");
    expect(check(old, crlf.subarray(0, 999), crlf.subarray(999, 1_500_000), crlf.subarray(1_500_000))).toBe("folded");
    expect(check(nameOf(crlf.subarray(0, 1000)), lf)).toBeNull();
    expect(check({ ...old, foldsLines: false }, crlf)).toBeNull();
    expect(check(nameOf(Buffer.from("other"), { foldsLines: true, size: crlf.length }), crlf)).toBe("size");
    expect(check(nameOf(Buffer.from("other"), { foldsLines: true, size: 4 }), Buffer.from("a\r\nb"))).toBeNull();
  });

  it("bytes that are no text never pass by their size", () => {
    const bytes = Buffer.alloc(2_000_000, 0);
    expect(check(nameOf(Buffer.from("other"), { foldsLines: true, size: bytes.length }), bytes)).toBeNull();
  });
});

describe("Git LFS", () => {
  it("a pointer reads back; other texts are none", () => {
    const pointer = { oid: "ab".repeat(32), size: 12 };
    const text = formatLfsPointer(pointer);
    expect(readLfsPointer(Buffer.from(text))).toEqual(pointer);
    for (const other of [
      text.replace("sha256", "sha512"),
      text.replace("size 12", "size -1"),
      text.replace("v1", "v2"),
      `${text}ext-0-x sha256:1\n`,
      "",
      text.padEnd(1025),
    ]) {
      expect(readLfsPointer(Buffer.from(other)), other).toBeNull();
    }
  });

  it("attributes go only where nothing needs them, and the rest of a line stays", () => {
    const text =
      "# mine\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.pt filter=lfs diff=lfs merge=lfs -text " +
      ("lockable\r\n" + '*.txt text\n"with blank.x" filter=lfs -text\n');
    expect(withoutLfs(text, ["a/b.bin"])).toBe(
      "# mine\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.pt lockable\n*.txt text\n",
    );
    expect(withoutLfs(text, ["with blank.x", "x.pt"])).toBe(
      text.replace("*.bin filter=lfs diff=lfs merge=lfs -text\n", ""),
    );
    expect(lfsTrackLine("a b/[x]*", true)).toBe("/a[[:space:]]b/[[]x[]][*]/** filter=lfs diff=lfs merge=lfs -text");
  });
});
