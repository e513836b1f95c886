/** `mvgit fsck` */
import { andMore, formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import { fsck as check, type FsckFinding } from "../../../care/fsck.ts";
import { defineCommand } from "../../command.ts";
import { flag, maybe } from "../../options.ts";
import { formatSize, plural } from "../../render/numbers.ts";

export const command = defineCommand({
  details: `
    Reads and hashes everything that HEAD and the index need. Exits with 23 when something is missing, 24 when
    damaged, 3 for both.
  `,
  options: {
    all: flag("every ref, and every blob of the store"),
    remote: maybe("NAME", "a remote instead of the cache"),
  },
  run: async ({ all, remote }, session) =>
    check(await session.repo(), { all, ...(remote === undefined ? {} : { remote }) }),
  text({ store, checked, bytes, findings, broken, readOnly }) {
    const lines = findings.slice(0, SHOWN).map((each) => {
      const aside = each.aside === null ? "" : `; set aside as '${display(each.aside)}'`;
      return `${each.why}: blob ${each.hash.slice(0, 10)} in ${store}${usersOf(each)}${objectsOf(each)}${aside}`;
    });
    for (const { path, where, reason, newer } of broken) {
      const what = newer === undefined ? "malformed" : "newer";
      lines.push(`${what}: pointer '${display(path)}' of ${where.slice(0, 10)}: ${display(reason)}`);
    }
    if (findings.length > 0) lines.push(...restOf(findings), adviceFor(store, readOnly));
    lines.push(`${plural(checked, "blob")} (${formatSize(bytes)}) of ${store} read and found right`);
    return lines.join("\n");
  },
  exit({ findings, broken }) {
    const statuses = new Set([
      ...findings.map((each) => (each.why === "missing" ? 23 : 24)),
      ...broken.map(({ newer }) => (newer === undefined ? 24 : 20)),
    ]);
    return statuses.size > 1 ? 3 : ([...statuses][0] ?? 0);
  },
});

/** Findings that are told each by itself. */
const SHOWN = 10;

/** What the others are, all together. */
function restOf(findings: readonly FsckFinding[]): string[] {
  const rest = findings.slice(SHOWN);
  if (rest.length === 0) return [];
  const missing = rest.filter(({ why }) => why === "missing").length;
  const kinds = [
    ...(missing > 0 ? [`${formatCount(missing)} missing`] : []),
    ...(rest.length > missing ? [`${formatCount(rest.length - missing)} damaged`] : []),
  ];
  return [`and ${plural(rest.length, "other blob")}, ${kinds.join(" and ")}; '--json' lists all of them`];
}

function adviceFor(store: string, readOnly = false): string {
  if (store === "the cache") return "'mvgit fetch' gets what a remote has";
  if (readOnly) return "nothing can be pushed there: tell its keeper";
  return "'mvgit push --repair' brings what your cache has";
}

function objectsOf({ objects = [] }: FsckFinding): string {
  const names = objects.map((each) => `'${display(each)}'`).join(" or ");
  return names === "" ? "" : `; it is read from ${names}, which is missing or damaged`;
}

function usersOf({ users }: FsckFinding): string {
  const shown = users
    .slice(0, 3)
    .map(({ path, file, where }) => `'${display(file ?? path)}' (${where.slice(0, 10)})`)
    .join(", ");
  return users.length === 0 ? "" : `, needed by ${shown}${andMore(users.length - 3)}`;
}
