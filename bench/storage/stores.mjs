/** Stores that take up one version of a folder after the other, and what each has grown by. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { copyFolder, piecesOf } from "./made.mjs";
import { addXetPieces } from "./xet.mjs";

/** Bytes of all files below a folder. */
export function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
}

/** Makes the folder's contents those of `version`, beside what a program keeps there itself. */
function layOut(bench, folder, version) {
  rmSync(bench.path(folder, "files"), { recursive: true, force: true });
  const names = filesOf(version);
  for (const dir of new Set(names.map((name) => join(name, ".."))))
    mkdirSync(bench.path(folder, "files", dir), { recursive: true });
  copyFolder(version, bench.path(folder, "files"), names);
}

/** Of a program that keeps its store in a folder `NAME.store`: what `save` makes it grow by. */
function program(bench, name, { begin, save }) {
  begin();
  let before = sizeOf(bench.path(`${name}.store`));
  return {
    take(version) {
      layOut(bench, name, version);
      const seconds = bench.seconds(name, save);
      const after = sizeOf(bench.path(`${name}.store`));
      const bytes = after - before;
      before = after;
      return { bytes, seconds };
    },
    end: () => bench.discard(name, `${name}.store`),
  };
}

function mvgit(bench, name) {
  return program(bench, name, {
    begin() {
      bench.repository(name);
      // Among thousands of pictures one has the name of a hook manager.
      bench.run(name, "git config --add mvgit.allow files/icons/lefthook.svg");
    },
    save: "mvgit add -q files && git add -A && git commit -q --allow-empty -m x && mvgit push -q",
  });
}

function restic(bench, name) {
  bench.env.RESTIC_PASSWORD = "bench";
  return program(bench, name, {
    begin: () => bench.run(".", `mkdir ${name} && restic init -q -r ${name}.store`),
    save: `restic backup -q --no-cache -r ../${name}.store files`,
  });
}

function dvc(bench, name) {
  return program(bench, name, { begin: () => bench.dvcRepository(name), save: "dvc add -q files && dvc push -q" });
}

function annex(bench, name) {
  return program(bench, name, {
    begin: () =>
      bench.run(
        ".",
        `mkdir ${name} ${name}.store && cd ${name} && git init -q . && git annex init -q && ` +
          `git annex initremote -q store type=directory directory=../${name}.store encryption=none`,
      ),
    save: "git annex add -q files && git commit -q --allow-empty -m x && git annex copy -q --to store files",
  });
}

/** What a store of whole files that zstd packs one by one would take. */
function zstd(bench) {
  const known = new Set();
  return {
    take(version) {
      let bytes = 0;
      for (const name of filesOf(version)) {
        const hash = createHash("sha1");
        for (const piece of piecesOf(join(version, name))) hash.update(piece);
        const sum = hash.digest("hex");
        if (known.has(sum)) continue;
        known.add(sum);
        bytes += Number(bench.run(".", `zstd -q -3 -T2 -c '${join(version, name)}' | wc -c`));
      }
      return { bytes };
    },
    end: () => {},
  };
}

function xet() {
  const known = new Set();
  return {
    take: (version) => ({
      bytes: filesOf(version).reduce((sum, name) => sum + addXetPieces(join(version, name), known), 0),
    }),
    end: () => {},
  };
}

/** By the column of the table; `needs`: the peer that has to be there. */
export const STORES = {
  DVC: { open: dvc, needs: "dvc" },
  "git-annex": { open: annex, needs: "annex" },
  restic: { open: restic, needs: "restic" },
  "Xet's cuts": { open: xet },
  zstd: { open: zstd, needs: "zstd" },
  mvgit: { open: mvgit },
};
