/** Only what the host names now, and this clone saw confirmed in that very remote, excuses a push from looking. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashBytes } from "../../../src/hashing/hasher.ts";
import { bucketRemote, folderRemote } from "../../support/aged-remote.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);

/** Commits new bytes; answers the name of their blob. */
async function commit(text: string, folder = "work", path = "w.bin"): Promise<string> {
  box.write(`${folder}/${path}`, text);
  const { hash } = JSON.parse((await box.mv(folder, ["add", "--as-is", path, "--json"])).stdout).added[0] as {
    hash: string;
  };
  await box.git(folder, ["commit", "-qm", text]);
  return `blobs/${hash.slice(0, 2)}/${hash.slice(2)}`;
}

async function clone(name: string, ...options: string[]): Promise<void> {
  await box.git(".", ["clone", "-q", ...options, `file://${at("host.git")}`, name]);
  await box.git(name, ["config", "mvgit-remote.store.url", at("store")]);
  await box.mv(name, ["init"]);
}

const isStored = (name: string): boolean => box.exists(`store/${name}`);

let base = "";
drawTests(3);

shareSandbox(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  base = await commit("base");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git("host.git", ["symbolic-ref", "HEAD", "refs/heads/main"]);
  await clone("old");
  return box;
});

describe("a branch that the host no longer has", () => {
  it.each(["the branch", "a tag on it", "a branch on top of it"])(
    "and whose bytes were collected: %s comes back with its bytes",
    async (what) => {
      await box.git("old", ["checkout", "-qb", "side"]);
      const side = await commit("side", "old");
      await box.git("old", ["push", "-q", "origin", "side"]);
      await box.git("work", ["push", "-q", "origin", "--delete", "side"]);
      folderRemote(box).age(15);
      // What its reflog keeps for a while is let go of, as after some months.
      await box.git("work", ["fetch", "-q", "--prune"]);
      await box.mv("work", ["gc", "--remote"]);
      fs.rmSync(at(`store/${side}`), { force: true });
      if (what === "a tag on it") await box.git("old", ["tag", "late"]);
      if (what === "a branch on top of it") await box.git("old", ["commit", "-q", "--allow-empty", "-m", "top"]);
      await box.git("old", ["push", "-q", "origin", what === "a tag on it" ? "late" : "side"]);
      expect(isStored(side)).toBe(true);
    },
  );

  it("is not let through when no store has its bytes", async () => {
    await box.git("old", ["checkout", "-qb", "side"]);
    const side = await commit("side", "old");
    await box.git("old", ["push", "-q", "origin", "side"]);
    await box.git("work", ["push", "-q", "origin", "--delete", "side"]);
    for (const folder of ["store", "old/.git/mvgit"]) fs.rmSync(at(`${folder}/${side}`));
    expect((await box.git("old", ["push", "-q", "origin", "side"], 1)).stderr).toContain("'w.bin' of commit");
  });
});

describe("what reached the host without the hook is found by the next push", () => {
  it.each<[string, readonly string[][]]>([
    ["git push", [["git", "push", "-q", "origin", "main"]]],
    [
      "git push of a tag",
      [
        ["git", "tag", "t"],
        ["git", "push", "-q", "origin", "t"],
      ],
    ],
    ["git push of a new branch", [["git", "push", "-q", "origin", "main:refs/heads/fresh"]]],
    ["mvgit push", [["push"]]],
  ])("of %s", async (_, calls) => {
    const unseen = await commit("unseen");
    await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
    await box.git("work", ["commit", "-q", "--allow-empty", "-m", "code"]);
    for (const [name = "", ...rest] of calls)
      await (name === "git" ? box.git("work", rest) : box.mv("work", [name, ...rest]));
    expect(isStored(unseen)).toBe(true);
  });

  it("of another person, who fetched it; and where nobody else has the bytes, that push is stopped", async () => {
    const unseen = await commit("unseen");
    await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
    await box.git("old", ["pull", "-q"]);
    await commit("mine", "old", "mine.bin");
    expect((await box.git("old", ["push", "-q", "origin", "main"], 1)).stderr).toContain("'w.bin' of commit");
    await box.mv("work", ["push"]);
    expect(isStored(unseen)).toBe(true);
    await box.git("old", ["push", "-q", "origin", "main"]);
  });

  it("in a folder too, file by file", async () => {
    for (let i = 0; i < 5; i++) box.write(`work/data/${i}`, `row ${i}`);
    await box.mv("work", ["add", "data"]);
    await box.git("work", ["commit", "-qm", "data"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
    await box.git("work", ["commit", "-q", "--allow-empty", "-m", "code"]);
    expect((await box.git("work", ["push", "-q", "origin", "main"])).stderr).toContain("pushed 7 blobs");
  });
});

it("what nobody has any more stops pushes until it is given up, and is pushed when it is there again", async () => {
  const gone = await commit("gone for good");
  await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
  fs.rmSync(at(`work/.git/mvgit/${gone}`));
  await commit("next");
  expect((await box.git("work", ["push", "-q", "origin", "main"], 1)).stderr).toContain("--accept-lost");
  await box.mv("work", ["push", "--all"], 23);
  expect((await box.mv("work", ["push", "--all", "--accept-lost"])).stdout).toContain(
    "passed over 1 blob that no store has",
  );
  await box.git("work", ["push", "-q", "origin", "main"]);
  box.write("work/again.bin", "gone for good");
  await box.mv("work", ["add", "again.bin"]);
  await box.mv("work", ["push"]);
  expect(isStored(gone)).toBe(true);
});

it("a fresh clone's first push looks into every folder of the history, and names what is wrong with one", async () => {
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 3; i++) box.write(`work/data/${i}`, `round ${round} row ${i}`);
    await box.mv("work", ["add", "data"]);
    await box.git("work", ["commit", "-qm", `data ${round}`]);
  }
  const manifest = Buffer.from("mvgit-root 1\nno manifest");
  box.write("work/odd.mvgit", `mvgit: 1\nblake3: ${hashOf(manifest.toString())}\nfiles: 1\nsize: 1\n`);
  await box.git("work", ["add", "-f", "odd.mvgit"]);
  await box.git("work", ["commit", "-qm", "odd", "--no-verify"]);
  await box.git("work", ["rm", "-q", "odd.mvgit"]);
  await box.git("work", ["commit", "-qm", "without it", "--no-verify"]);
  box.write(`work/.git/mvgit/${nameOf(manifest.toString())}`, manifest);
  await box.mv("work", ["push", "--all"], 24);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "main"]);
  await clone("fresh");
  await commit("mine", "fresh", "mine.bin");
  expect((await box.git("fresh", ["push", "-q", "origin", "main"], 1)).stderr).toMatch(
    /'odd' of commit [0-9a-f]{10} is (missing|damaged)/,
  );
  await box.mv("fresh", ["push", "--accept-lost"]);
  await box.git("fresh", ["push", "-q", "origin", "main"]);
});

describe("a receipt does not outlive the bytes", () => {
  it("a gc of the remote by anybody voids it", async () => {
    fs.rmSync(at("work/.git/mvgit/claims"));
    const book = at("work/.git/mvgit/receipts");
    const file = join(book, fs.readdirSync(book)[0] as string);
    const old = { ...(JSON.parse(fs.readFileSync(file, "utf8")) as { witnesses: unknown[] }), since: 1, witnesses: [] };
    fs.writeFileSync(file, JSON.stringify(old));
    box.write("store/epoch/0123456789abcdef", "mvgit-epoch 1\n");
    fs.rmSync(at(`store/${base}`));
    await commit("more", "work", "more.bin");
    await box.git("work", ["push", "-q", "origin", "main"]);
    expect(isStored(base)).toBe(true);
  });

  it("bytes that went with all else are noticed, and pushed again", async () => {
    fs.rmSync(at("store/blobs"), { recursive: true });
    await commit("more", "work", "more.bin");
    expect((await box.git("work", ["push", "-q", "origin", "main"])).stderr).toContain("pushed 2 blobs");
    expect(isStored(base)).toBe(true);
  });

  it("a shallow clone that goes deeper looks at what it did not have", async () => {
    const second = await commit("second");
    await box.git("work", ["push", "-q", "origin", "main"]);
    await clone("shallow", "--depth=1");
    await commit("third", "shallow");
    await box.git("shallow", ["push", "-q", "origin", "main"]);
    fs.rmSync(at(`store/${base}`));
    await box.git("shallow", ["fetch", "-q", "--unshallow"]);
    await commit("fourth", "shallow");
    expect((await box.git("shallow", ["push", "-q", "origin", "main"], 1)).stderr).toContain("'w.bin' of commit");
    expect(isStored(second)).toBe(true);
  });
});

describe("an ordinary push stays quick", () => {
  it("in a long history it asks for the bytes of its own commit, be its branch new or old", async () => {
    const place = await bucketRemote(box);
    const requests = async (branch: string): Promise<number> => {
      place.server?.counts.clear();
      await box.git("work", ["push", "-q", "origin", branch]);
      return [...(place.server?.counts.values() ?? [])].reduce((sum, count) => sum + count, 0);
    };
    try {
      await box.git("work", ["config", "mvgit-remote.store.url", place.url]);
      await box.mv("work", ["push"]);
      const blobs = Array.from({ length: 150 }, (_, i) => `blob ${i}`);
      for (const bytes of blobs) place.put(nameOf(bytes), bytes);
      execFileSync("git", ["fast-import", "--quiet"], {
        cwd: at("work"),
        env: { ...process.env, ...box.env },
        input: historyOf(blobs),
      });
      await box.git("work", ["reset", "-q", "--hard", "long"]);
      await requests("main");
      // Whoever asks for all of them misses it.
      place.remove(nameOf("blob 75"));
      await commit("one more");
      // Two of them list: the claims, and the tables of packs, since the new blob is not there as a whole object.
      expect(await requests("main")).toBeLessThan(14);
      await box.git("work", ["checkout", "-qb", "side"]);
      await commit("and one");
      expect(await requests("side")).toBeLessThan(14);
    } finally {
      await place.close();
    }
  });

  it("of code alone passes without access to the bytes, in a clone that knows nothing too", async () => {
    await clone("fresh");
    fs.renameSync(at("store"), at("unplugged"));
    for (const folder of ["work", "fresh"]) {
      await box.git(folder, ["pull", "-q", "--rebase", "origin", "main"]);
      await box.git(folder, ["commit", "-q", "--allow-empty", "-m", "code"]);
      await box.git(folder, ["push", "-q", "origin", "HEAD:main"]);
      await box.git(folder, ["push", "-q", "origin", `HEAD:refs/heads/${folder}`]);
    }
    await box.mv("fresh", ["remote", "remove", "store"]);
    await box.git("fresh", ["commit", "-q", "--allow-empty", "-m", "more code"]);
    await box.git("fresh", ["push", "-q", "origin", "HEAD:refs/heads/more"]);
    await commit("bytes", "work");
    expect((await box.git("work", ["push", "-q", "origin", "HEAD:refs/heads/bytes"], 1)).stderr).toContain(
      "not known to be stored: 'w.bin'",
    );
  });
});

const hashOf = (bytes: string): string => hashBytes(Buffer.from(bytes));
const nameOf = (bytes: string): string => `blobs/${hashOf(bytes).slice(0, 2)}/${hashOf(bytes).slice(2)}`;

/** For git fast-import: the branch 'long' with a commit for each of the blobs. */
function historyOf(blobs: readonly string[]): string {
  return blobs
    .map((bytes, i) => {
      const pointer = `mvgit: 1\nblake3: ${hashOf(bytes)}\nsize: ${bytes.length}\n`;
      return (
        `commit refs/heads/long\ncommitter T <t@example.com> ${1_700_000_000 + i} +0000\ndata 1\nx\n` +
        `${i === 0 ? "from refs/heads/main^0\n" : ""}M 100644 inline files/${i}.mvgit\ndata ${pointer.length}\n` +
        `${pointer}\n`
      );
    })
    .join("");
}
