/** What one command asks of git twice it is told once: of objects, of an index that stayed the same, and of HEAD. */
import * as fs from "node:fs";
import { join } from "node:path";
import { kill } from "node:process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GitProgram } from "../../src/git/program.ts";
import type { IndexEntry } from "../../src/git/program.ts";
import { blobId } from "../../src/git/objects.ts";
import { matcherOf } from "../../src/git/program/index-memory.ts";
import type { Oid } from "../../src/git/reader.ts";
import { makeHistory, makeRepositories } from "../support/repositories.ts";

const at = makeRepositories();
const trace = join(at.dir, "trace");
let git: GitProgram;
beforeAll(() => makeHistory(at, "repo"));
afterAll(() => at.cleanup());
beforeEach(async () => {
  git = await GitProgram.open(join(at.dir, "repo"), { ...at.env, GIT_TRACE2_EVENT: trace });
  fs.rmSync(trace, { force: true });
});

interface Start {
  pid: number;
  args: string;
}

/** Gits that mvgit started since the beginning of the test. */
function starts(): Start[] {
  return fs
    .readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => line.includes('"event":"start"'))
    .map((line) => JSON.parse(line) as { sid: string; argv: string[] })
    .map(({ sid, argv }) => ({
      pid: Number.parseInt(/-P([0-9a-f]+)$/.exec(sid)?.[1] ?? "", 16),
      args: argv.slice(1).join(" "),
    }));
}

const blobOf = async (bytes: Buffer): Promise<Oid> => {
  fs.writeFileSync(join(at.dir, "repo", "blob"), bytes);
  return (await at.git("repo", "hash-object", "-w", "blob")) as Oid;
};

it("paths that are absent in many commits start git a few times, not once each", async () => {
  const head = (await at.git("repo", "rev-parse", "HEAD")) as Oid;
  const deep = ["none.txt", "none/deep/er.txt", "a.txt/x", "data/none"];
  const wanted = Array.from({ length: 400 }, (_, index) => ({ commit: head, path: `absent/${index}.txt` }));
  const found: (Buffer | null)[] = [];
  for await (const bytes of git.filesAt([...wanted, ...deep.map((path) => ({ commit: head, path }))], 100))
    found.push(bytes);
  expect(found).toEqual(Array.from({ length: 404 }, () => null));
  expect(starts().length).toBeLessThan(8);
});

describe("objects", () => {
  const sizes = [0, 1, 4095, 65_536, 300_000, 2_000_001];
  let oids: Oid[];
  beforeAll(async () => {
    oids = [];
    for (const size of sizes) oids.push(await blobOf(Buffer.alloc(size, "line\n0123456789abcdef blob 7\n")));
  });

  it("of all sizes come through one git for what they are and one for their bytes", async () => {
    const asked = [...oids, ...oids.toReversed(), oids[0] as Oid];
    const together: (Buffer | null)[] = [];
    for await (const { bytes } of git.blobs(asked, 1e7)) together.push(bytes);
    for (const found of [together, await Promise.all(asked.map((oid) => git.blob(oid, 1e7)))])
      expect(found.map((bytes) => blobId(bytes as Buffer, oids[0] as Oid))).toEqual(asked);
    expect(await git.blob(oids[3] as Oid, 100)).toBe(null);
    const head = (await git.resolveCommit("HEAD")) as Oid;
    expect((await git.commit(head)).message).toContain("second");
    expect(await git.lookUp([`${head}:a.txt`, `${head}:nothing`])).toMatchObject([{ type: "blob", size: 2 }, null]);
    expect(starts().map(({ args }) => args)).toEqual([
      "cat-file --batch-check=%(objectname) %(objecttype) %(objectsize)",
      "cat-file --batch",
    ]);
  });

  it("are found that came after git was started, packed or not", async () => {
    expect(await git.blob(await blobOf(Buffer.from("first")), 100)).toEqual(Buffer.from("first"));
    const later = (await at.git("repo", "rev-parse", "HEAD:a.txt")).replace(/./g, "5") as Oid;
    expect(await git.lookUp([later])).toEqual([null]);
    await expect(git.blob(later, 100)).rejects.toMatchObject({ code: "git-failed" });
    const second = blobId(Buffer.from("second"), later);
    expect(await git.lookUp([second])).toEqual([null]);
    await blobOf(Buffer.from("second"));
    expect(await git.blob(second, 100)).toEqual(Buffer.from("second"));
    fs.writeFileSync(join(at.dir, "repo", "blob"), "4");
    await at.git("repo", "add", "blob");
    await at.git("repo", "commit", "-qm", "third");
    await at.git("repo", "repack", "-qad");
    const head = (await at.git("repo", "rev-parse", "HEAD")) as Oid;
    expect((await git.commit(head)).message).toBe("third\n");
    await at.git("repo", "reset", "-q", "--hard", "HEAD~1");
  });

  it("are told by another git where the one that stood by was ended", async () => {
    const oid = oids[1] as Oid;
    expect(await git.blob(oid, 10)).toHaveLength(1);
    for (const { pid } of starts()) kill(pid, "SIGKILL");
    expect(await git.blob(oid, 10)).toHaveLength(1);
    expect(await git.commit((await git.resolveCommit("HEAD")) as Oid)).toMatchObject({ signed: false });
  });

  it("that are damaged say so as before, and hold up no other", async () => {
    const oid = await blobOf(Buffer.from("to be damaged"));
    const file = join(at.dir, "repo/.git/objects", oid.slice(0, 2), oid.slice(2));
    fs.chmodSync(file, 0o600);
    fs.writeFileSync(file, "nonsense");
    const [bad, good] = await Promise.allSettled([git.blob(oid, 100), git.blob(oids[1] as Oid, 100)]);
    fs.rmSync(file);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "git-failed" } });
    expect(good).toMatchObject({ status: "fulfilled", value: Buffer.from("l") });
  });
});

describe("the index", () => {
  const PATTERNS: string[][] = [
    [],
    [":(top,glob)**/*.mvgit"],
    [":(top,literal)data"],
    [":(top,literal)data/x.mvgit", ":(top,literal)a.txt", ":(top,literal)absent"],
    [":(top,icase,literal)DATA", ":(top,icase,literal)Ümlaut"],
    [":(top,icase,literal)A.TXT"],
    [":(top,literal)data-2", ":(top,glob)**/*.txt"],
    [":(top,literal)dat"],
    [":(top,literal)data/"],
    [":(top,literal)"],
    ["*.mvgit"],
  ];
  const CHANGES: [what: string, change: () => Promise<unknown>][] = [
    ["as it is", async () => {}],
    ["with a file more", () => at.git("repo", "add", "-f", "blob")],
    ["with one that Git is to take for unchanged", () => at.git("repo", "update-index", "--assume-unchanged", "a.txt")],
    ["with one that is left out", () => at.git("repo", "update-index", "--skip-worktree", "data/x.mvgit")],
    ["without a file", () => at.git("repo", "rm", "-q", "--cached", "data.mvgit")],
    ["without a sum", () => at.git("repo", "-c", "index.skipHash=true", "update-index", "--force-write-index")],
    ["split", () => at.git("repo", "update-index", "--split-index")],
    ["split, with a change", () => at.git("repo", "update-index", "--force-remove", "run.sh")],
    ["empty", () => at.git("repo", "read-tree", "--empty")],
    ["as the commit has it", () => at.git("repo", "reset", "-q", "--hard")],
  ];

  it("is the one that is there, at every moment", async () => {
    fs.writeFileSync(join(at.dir, "repo", "blob"), "x");
    const entry = ({ mode, oid, stage, path, skipped, assumed }: IndexEntry): string => {
      const letter = skipped ? "S" : "H";
      return `${assumed ? letter.toLowerCase() : letter} ${mode} ${oid} ${stage}\t${path}`;
    };
    for (const [what, change] of CHANGES) {
      await change();
      // Twice, so that what was kept is what is compared.
      for (const pattern of [...PATTERNS, ...PATTERNS]) {
        const listed = await at.git("repo", "ls-files", "-z", "-s", "-v", "--full-name", "--", ...pattern);
        expect((await git.index(pattern)).map(entry), `${what}: ${pattern.join(" ")}`).toEqual(
          listed.split("\0").filter(Boolean),
        );
      }
    }
  });

  it("is asked for once as long as it stays", async () => {
    await git.index();
    await git.index([":(top,glob)**/*.mvgit"]);
    await git.indexAt(["data", "a.txt"]);
    await git.indexAt(["DATA"], { anyCase: true });
    expect(starts()).toHaveLength(1);
    await at.git("repo", "update-index", "--force-remove", "a.txt");
    expect((await git.index()).map(({ path }) => path)).not.toContain("a.txt");
    await at.git("repo", "reset", "-q", "--hard");
  });

  it("of another file is another one", async () => {
    const other = join(at.dir, "other-index");
    fs.copyFileSync(join(at.dir, "repo/.git/index"), other);
    const before = await git.index();
    const withOther = git.withIndex(other);
    await withOther.unstage(["a.txt" as never]);
    expect(await withOther.index()).toEqual(before.filter(({ path }) => path !== "a.txt"));
    expect(await git.index()).toEqual(before);
  });

  it("is left to Git where a pattern may mean more than it says", () => {
    const UNCLEAR = ["*.mvgit", ":(top,literal)a/", ":(top,literal)", ":(top,literal)./a", ":(top,glob)a*", "a", ":/a"];
    for (const pattern of [...UNCLEAR, ":(top,literal)\ufffd"]) expect(matcherOf([pattern]), pattern).toBe(null);
  });
});

describe("what HEAD and a full name point to", () => {
  const STATES: [what: string, make: string[][]][] = [
    ["on a branch", [["checkout", "-q", "main"]]],
    ["on a branch with a long name", [["checkout", "-qB", "some/one's.branch"]]],
    ["on a branch that is packed", [["pack-refs", "--all"]]],
    ["packed, and moved since", [["commit", "-q", "--allow-empty", "-m", "more"]]],
    ["on no branch", [["checkout", "-q", "--detach", "HEAD~1"]]],
    ["on one without a commit", [["symbolic-ref", "HEAD", "refs/heads/unborn"]]],
    [
      "on one that names another",
      [
        ["symbolic-ref", "refs/heads/alias", "refs/heads/main"],
        ["checkout", "-q", "alias"],
      ],
    ],
    ["again", [["checkout", "-q", "main"]]],
  ];

  it.each(STATES)("%s", async (_, make) => {
    for (const args of make) await at.git("repo", ...args);
    const NAMES = [
      "HEAD",
      "refs/heads/main",
      "refs/heads/alias",
      "refs/tags/spam@v1",
      "refs/tags/a-tree",
      "refs/heads/no",
    ];
    for (const name of NAMES) {
      const told = await at.git("repo", "rev-parse", "--verify", "--quiet", `${name}^{commit}`).catch(() => null);
      expect(await git.resolveCommit(name), name).toBe(told);
    }
  });
});
