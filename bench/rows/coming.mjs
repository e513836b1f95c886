/** What people bring along from elsewhere. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";

/** A folder that DVC keeps: its cache, its listing and its pointer, by the format alone. */
function fillDvcCache(bench, name, count) {
  const put = (bytes, suffix = "") => {
    const md5 = createHash("md5").update(bytes).digest("hex");
    mkdirSync(bench.path(name, `.dvc/cache/files/md5/${md5.slice(0, 2)}`), { recursive: true });
    writeFileSync(bench.path(name, `.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}${suffix}`), bytes, {
      mode: 0o444,
    });
    return md5;
  };
  const paths = Array.from({ length: count }, (_, i) => `d${i % 100}/f${i}`).toSorted();
  const listing = paths.map(
    (relpath) => `{"md5": "${put(randomBytes(512 + Math.floor(Math.random() * 7680)))}", "relpath": "${relpath}"}`,
  );
  writeFileSync(bench.path(name, ".dvc/config"), "");
  writeFileSync(bench.path(name, ".dvc/.gitignore"), "/cache\n");
  writeFileSync(
    bench.path(name, "data.dvc"),
    `outs:\n- md5: ${put(`[${listing.join(", ")}]`, ".dir")}.dir\n  hash: md5\n  path: data\n`,
  );
}

/** Rows of an import of 20,000 files. */
export function coming(bench) {
  const count = bench.quick ? 2000 : 20_000;
  const cached = () =>
    bench.once("coming", () => {
      mkdirSync(bench.path("coming"));
      fillDvcCache(bench, "coming", count);
    });
  const brought = () => {
    cached();
    bench.repository("new");
    bench.run("new", "cp -r ../coming/. . && git add -A && git commit -qm x");
  };
  return [
    {
      work: `import a folder of ${count.toLocaleString("en")} files from DVC's cache`,
      goal: ["limit", 3],
      sides: {
        limit: {
          command: "cp -r coming/.dvc/cache copy && sync -f copy",
          before: cached,
          after: () => bench.discard("copy"),
        },
        mvgit: {
          in: "new",
          command: "mvgit import dvc",
          before: brought,
          after: () => bench.discard("new", "new.store"),
        },
      },
    },
  ];
}
