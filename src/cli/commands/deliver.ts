/** `mvgit export`, `get` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { Delivery } from "../../values/delivery.ts";
import type { Delivered } from "../../versions/deliver.ts";
import { exportVersion, requireFolder } from "../../versions/export.ts";
import { follow, runAfterChange } from "../../versions/follow.ts";
import { get as getOperation, type GetRequest } from "../../versions/get.ts";
import { defineCommand } from "../command.ts";
import { count, flag, jobs, list, value } from "../options.ts";
import { formatSize, plural } from "../render/numbers.ts";
import type { Session } from "../session.ts";

const out = value("DIR", "the folder to fill: absent, empty, or an earlier one", "o");
const only = list("WHAT", "'weights', 'data', or a path; may be given again");
const force = flag("fill DIR although it holds files of others");
const acceptOlder = flag("take what LABEL means now, although DIR has seen a newer or another");
const DIR =
  "DIR keeps the paths of the version, and changes as a whole, in one step: at no moment is a file in it\n" +
  "incomplete, or of another version than its neighbours. DIR/.mvgit-receipt.json says what is there.";

/** A delivery as a document: what is in DIR now, and what was. */
interface Report extends Omit<Delivery, "receipt"> {
  model: string | null;
  version: number | null;
  package: string | null;
  stage: string | null;
  event: number | null;
  outcome: Delivered["outcome"];
  /** As typed. */
  dir: string;
  /** The folder of the files themselves, which outlives the next change. */
  release: string;
  /** What DIR held before; null for nothing of mvgit's. */
  before: { what: string; version: number | null; commit: string } | null;
  /** Blobs that were fetched, and their bytes. */
  fetched: { blobs: number; bytes: number };
}

function reportOf(
  { outcome, delivery: { receipt, ...delivery }, before, release, copied, bytes }: Delivered,
  dir: string,
): Report {
  return {
    model: receipt?.model ?? null,
    version: receipt?.version ?? null,
    package: receipt?.package ?? null,
    stage: receipt?.stage ?? null,
    event: receipt?.event ?? null,
    ...delivery,
    outcome,
    dir,
    release,
    before: before && { what: before.what, version: before.receipt?.version ?? null, commit: before.commit },
    fetched: { blobs: copied, bytes },
  };
}

function nameOf({ what, model, version, commit, event }: Report): string {
  if (model === null) return `${display(what)} (commit ${commit.slice(0, 10)})`;
  return `${model}@v${version}${event === null ? "" : ` (${display(what)}, event ${event})`}`;
}

function textOf(report: Report): string {
  const { outcome, files, size, dir, before, fetched } = report;
  if (outcome === "present")
    return `'${display(dir)}' holds ${nameOf(report)} already; ${plural(files, "file")} verified`;
  const was =
    before === null
      ? ""
      : `, was ${before.version === null ? `commit ${before.commit.slice(0, 10)}` : `v${before.version}`}`;
  return `${nameOf(report)} is in '${display(dir)}'${was}: ${plural(files, "file")}, ${formatSize(size)}${fetched.blobs === 0 ? "" : `, ${formatSize(fetched.bytes)} fetched`}`;
}

export const exportCommand = defineCommand({
  arguments: "LABEL|REV[:PATH]",
  output: "deed",
  details:
    "The files of a version, from the cache and what it lacks from the remote; the work tree stays as it " +
    `is.\n` +
    `${DIR}`,
  options: { out, only, force, acceptOlder, jobs },
  async run({ operands: [what = ""], out: dir, ...rest }, session) {
    const to = requireFolder(dir);
    return reportOf(await exportVersion(await session.repo(), { what, dir: to, ...rest }), to);
  },
  text: textOf,
});

interface WatchReport {
  /** Every change that was brought, in order; the last thousand. */
  changes: Report[];
}

export const get = defineCommand({
  arguments: "REPO-URL LABEL|REV[:PATH]",
  output: "deed",
  aboutHooks: true,
  details:
    "As 'export', from the address of a Git repository (https, ssh, or a folder), without a clone, and over " +
    `https without\na git program. The bytes come from the bucket that the repository's committed settings ` +
    `name, or from --remote,\nMVGIT_REMOTE or your own Git settings. MVGIT_GIT_TOKEN signs in to the Git ` +
    `host.\n${DIR}\nWith --watch it stays, follows the label, and prints a line for each change; SIGTERM ends ` +
    "it with status 0.",
  options: {
    out,
    only,
    force,
    acceptOlder,
    jobs,
    remote: value("URL", "where the bytes are: gs://BUCKET/PREFIX or a folder"),
    insecure: flag("allow plain http beyond this machine"),
    watch: count("SECONDS", "stay, and look again this often"),
    exec: value("CMD", "with --watch: run this line of shell after each change"),
  },
  async run(
    { operands: [repository = "", what = ""], out: dir, watch: seconds, exec, ...rest },
    session,
  ): Promise<Report | WatchReport> {
    const request = { repository, what, dir: requireFolder(dir), ...rest };
    if (seconds !== undefined) return watchLabel({ ...request, seconds, exec }, session);
    if (exec !== undefined)
      throw new MvgitError("usage", "'--exec' goes with '--watch'", { hint: "write 'mvgit get … && CMD'" });
    return reportOf(await getOperation(request, session), request.dir);
  },
  text: (report) => ("changes" in report ? "" : textOf(report)),
  endsBySignal: (report) => "changes" in report,
});

const MOST_CHANGES = 1000;

async function watchLabel(
  request: GetRequest & { seconds: number; exec: string | undefined },
  session: Session,
): Promise<WatchReport> {
  const changes: Report[] = [];
  const ending = new AbortController();
  const watch = { ...session.watch, signal: AbortSignal.any([session.watch.signal, ending.signal]) };
  for await (const delivered of follow(request, { ...session, watch })) {
    const report = reportOf(delivered, request.dir);
    if (changes.push(report) > MOST_CHANGES) changes.shift();
    const line = `${delivered.delivery.time} ${textOf(report)}`;
    if (session.json) session.watch.note(line);
    else await session.write(Buffer.from(`${line}\n`));
    if (request.exec === undefined || report.outcome === "present") continue;
    const { status, stopped } = await runAfterChange(request.exec, delivered, session);
    if (status !== 0)
      session.watch.warn(
        `${delivered.delivery.time} '${display(request.exec)}' ended with status ${status} after ${nameOf(report)}`,
      );
    if (stopped !== null) ending.abort(new MvgitError("interrupted", `stopped by ${stopped}`));
  }
  return { changes };
}
