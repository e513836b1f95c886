/** `mvgit doctor`, `fsck`, `gc`, `trust` */
import process from "node:process";
import { andMore } from "../../base/counts.ts";
import { EXIT, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { doctor as examine } from "../../care/doctor.ts";
import { fsck as check, type FsckFinding } from "../../care/fsck.ts";
import { gc as collect, type GcReport } from "../../care/gc.ts";
import type { GcRemoteReport } from "../../care/gc-remote.ts";
import { trust as decide } from "../../care/trust.ts";
import { defineCommand } from "../command.ts";
import { dryRun, flag, list, maybe } from "../options.ts";
import { thisProgram } from "../program.ts";
import { gcRemoteText, gcText } from "../render/gc.ts";
import { formatSize, plural } from "../render/numbers.ts";

/** Put in by the build. */
declare const MVGIT_VERSION: string;

export const doctor = defineCommand({
  aboutHooks: true,
  details: "Exits with 1 when something is not ok.",
  options: { remote: flag("ask the default remote too: identity, permissions") },
  async run({ remote }, session) {
    return examine(await session.repo(), {
      remote,
      program: thisProgram(),
      versions: { mvgit: MVGIT_VERSION, node: process.version },
    });
  },
  text: ({ lines }, style) =>
    lines
      .map(
        ({ what, value, ok, advice }) =>
          `${ok ? style.good("ok ") : style.bad("NO ")} ${what}: ${display(value)}${advice ? `\n      ${display(advice)}` : ""}`,
      )
      .join("\n"),
  exit: ({ lines }) => (lines.every((each) => each.ok) ? 0 : 1),
});

export const fsck = defineCommand({
  details:
    "Reads and hashes everything that HEAD and the index need. Exits with 23 when something is\nmissing, 24 " +
    "when damaged, 3 for both.",
  options: {
    all: flag("every ref, and every blob of the store"),
    remote: maybe("NAME", "a remote instead of the cache"),
  },
  run: async ({ all, remote }, session) =>
    check(await session.repo(), { all, ...(remote === undefined ? {} : { remote }) }),
  text({ store, checked, bytes, findings, broken }) {
    const lines = findings.map(
      (each) =>
        `${each.why}: blob ${each.hash.slice(0, 10)} in ${store}${usersOf(each)}${each.aside === null ? "" : `; set aside as '${display(each.aside)}'`}`,
    );
    for (const { path, where, reason } of broken)
      lines.push(`malformed: pointer '${display(path)}' of ${where.slice(0, 10)}: ${display(reason)}`);
    const advice =
      findings.length === 0
        ? []
        : [
            store === "the cache"
              ? "'mvgit fetch' gets what a remote has"
              : "'mvgit push --repair' brings what your cache has",
          ];
    return [
      ...lines,
      ...advice,
      `${plural(checked, "blob")} (${formatSize(bytes)}) of ${store} read and found right`,
    ].join("\n");
  },
  exit({ findings, broken }) {
    const statuses = new Set([...findings.map((each) => (each.why === "missing" ? 23 : 24)), ...broken.map(() => 24)]);
    return statuses.size > 1 ? 3 : ([...statuses][0] ?? 0);
  },
});

function usersOf({ users }: FsckFinding): string {
  const shown = users
    .slice(0, 3)
    .map(({ path, file, where }) => `'${display(file ?? path)}' (${where.slice(0, 10)})`)
    .join(", ");
  return users.length === 0 ? "" : `, needed by ${shown}${andMore(users.length - 3)}`;
}

export const gc = defineCommand({
  output: "deed",
  details: `Removes from the cache what no branch, tag, reflog, stash, index, work tree or
run in progress needs (of any clone that shares it), and that was not used for
14 days. With --remote, removes from a remote what no repository that uses it
needs, and that is older than 14 days. Look first with --dry-run.`,
  options: {
    dryRun,
    remote: maybe("NAME", "a remote instead of the cache"),
    offline: flag("do not ask the Git host: no other clone has commits that this one lacks"),
    unclaimed: flag("also what was pushed before remotes knew who needs what"),
    emptied: flag("no pointer is left anywhere, on purpose"),
    forget: list("WHAT", "of a shared cache: a clone's folder; of a remote: the id of a repository that is no more"),
  },
  async run(
    { dryRun: only, remote, offline, unclaimed, forget, emptied },
    session,
  ): Promise<GcReport | GcRemoteReport> {
    if (remote === undefined) {
      if (offline || unclaimed) throw new MvgitError("usage", "'--offline' and '--unclaimed' need '--remote'");
      return collect(await session.repo(), { dryRun: only, forget, emptied });
    }
    if (forget.length > 1) throw new MvgitError("usage", "with '--remote' one repository is forgotten at a time");
    const { gcRemote } = await import("../../care/gc-remote.ts");
    return gcRemote(await session.repo(), {
      dryRun: only,
      offline,
      unclaimed,
      emptied,
      ...(remote === "" ? {} : { remote }),
      ...(forget[0] === undefined ? {} : { forget: forget[0] }),
    });
  },
  text: (report) => ("remote" in report ? gcRemoteText(report) : gcText(report)),
  exit: (report) => ("remote" in report && report.left.blobs > 0 ? EXIT.later : 0),
});

export const trust = defineCommand({
  details:
    "Accepts the committed settings that name places of your machine or network. Any change of\nthem needs " +
    "your consent anew.",
  options: { list: flag("only show them"), revoke: flag("take the consent back") },
  async run({ list, revoke }, session) {
    if (list && revoke) throw new MvgitError("usage", "'--list' and '--revoke' exclude each other");
    return decide(await session.repo(), list ? "list" : revoke ? "revoke" : "accept");
  },
  text({ settings, trusted }) {
    if (settings.length === 0) return "no committed setting needs consent";
    const lines = settings.map(
      ({ key, value, known }) => `${display(key)} = ${display(value)}${known === undefined ? "" : `  (${known})`}`,
    );
    return [
      ...lines,
      trusted ? "these settings are in force" : "these settings are not in force; 'mvgit trust' accepts them",
    ].join("\n");
  },
});
