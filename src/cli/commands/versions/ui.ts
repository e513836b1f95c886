/** `mvgit ui [LABEL]` */
import { resolve } from "node:path";
import { toDocument } from "../../../base/as-document.ts";
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { untilStopped } from "../../../base/stop.ts";
import { refuseCommittedLinks } from "../../../repo/committed-links.ts";
import { isFarAway, openAddress } from "../../../program/open-address.ts";
import type { ExportReport } from "../../../ui/export.ts";
import { openSource, openUi } from "../../../ui/open-ui.ts";
import { checkModelName, checkStageName, formatLabel, parseLabel } from "../../../values/label.ts";
import { defineCommand } from "../../command.ts";
import { flag, list, off, port, value } from "../../options.ts";
import { formatSize, plural } from "../../render/numbers.ts";
import type { Session } from "../../session.ts";
import { readSince } from "../../typed.ts";

export const command = defineCommand({
  arguments: "[LABEL]",
  output: "own",
  details: `
    Serves a page of all versions, their curves and comparisons, to this machine alone, and opens it in the browser;
    with LABEL at that version. It goes on until Ctrl-C or SIGTERM ends it, and follows what changes: fetches, moves,
    runs in progress.

    Who knows the address can read the repository: it is printed once, and is another each time. Nothing can be
    changed from the page unless --allow-moves says so; then stages can be moved, as by 'promote' and 'rollback'.

    With --export the same pages are written into a folder, for any web server: DIR is absent, empty, or an export of
    before, which is replaced as a whole. Mail addresses of people are left out of it unless --people says otherwise.
  `,
  options: {
    port,
    open: off("print the address, and open no browser"),
    allowMoves: flag("let the page move stages"),
    export: value("DIR", "write the pages into a folder instead"),
    model: list("MODEL", "of an export: only this model; may be given again"),
    stage: list("STAGE", "of an export: only versions that were ever in it"),
    since: value("TIME", "of an export: only newer ones: '2 weeks ago', 2026-03-01"),
    people: flag("of an export: mail addresses stay"),
  },
  async run({ operands: [typed], port = 0, open, allowMoves, export: dir, ...chosen }, session) {
    const { cwd, env, watch } = session;
    if (dir !== undefined) return writePages(dir, { ...chosen, typed }, session);
    refuseChoice(chosen);
    const { fragment, first } = typed === undefined ? MODELS : pageOf(typed);
    const isFar = isFarAway(env);
    const ui = await openUi({ cwd, env, watch, repo: () => session.repo() }, { port, moves: allowMoves, isFar, first });
    try {
      const report = { address: `${ui.url}${fragment}`, port: Number(new URL(ui.url).port), moves: allowMoves };
      const words = session.json ? toDocument("ui", report) : `${report.address}\n`;
      await session.write(Buffer.from(words));
      const isOpened = open && openAddress(ui.once(fragment), { cwd, env });
      watch.note(isOpened ? "the page is open in your browser; Ctrl-C ends it" : howToReach(report.port, isFar));
      await ui.ready;
      await untilStopped(watch.signal);
      return report;
    } finally {
      await ui.close();
    }
  },
  text: () => "",
  endsBySignal: (report) => "address" in report,
});

interface Chosen {
  model: readonly string[];
  stage: readonly string[];
  since?: string | undefined;
  people: boolean;
}

/** A server shows all there is: who asked for less would think that the rest is not seen. */
function refuseChoice({ model, stage, since, people }: Chosen): void {
  const given = {
    "--model": model.length > 0,
    "--stage": stage.length > 0,
    "--since": since !== undefined,
    "--people": people,
  };
  const [first] = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (first === undefined) return;
  throw new MvgitError("usage", `'${first}' chooses what '--export' writes`, {
    subject: first,
    hint: "the page of a server shows everything; filter it there",
  });
}

async function writePages(
  dir: string,
  chosen: Chosen & { typed: string | undefined },
  session: Session,
): Promise<object> {
  const { model, stage, since, people, typed } = chosen;
  if (typed !== undefined)
    throw new MvgitError("usage", "an export has no first page: leave LABEL out, or use '--model'");
  const { exportPages } = await import("../../../ui/export.ts");
  const { source, title } = openSource(session);
  const to = resolve(session.cwd, dir);
  // Where there is no clone, there is no link that one brought.
  const repo = await session.repoIfAny();
  if (repo !== null) await refuseCommittedLinks(repo, [to], "write to");
  const report = await exportPages(
    source,
    {
      dir: to,
      models: model.map(checkModelName),
      stages: stage.map(checkStageName),
      since: since === undefined ? null : readSince(since, session.watch.clock.now()),
      people,
      title,
    },
    session.watch,
  );
  const words = session.json ? toDocument("ui", report) : exportText(report);
  await session.write(Buffer.from(words));
  return report;
}

function exportText({ dir, models, versions, files, bytes, notes }: ExportReport): string {
  const what = `${plural(versions, "version")} of ${plural(models, "model")}`;
  return [
    `wrote the pages of ${what} into '${display(dir)}' (${plural(files, "file")}, ${formatSize(bytes)})`,
    ...notes.slice(0, 10).map((note) => `note: ${note}`),
    ...(notes.length > 10 ? [`and ${plural(notes.length - 10, "more note")}`] : []),
    "",
  ].join("\n");
}

/** Where the page opens, and what it asks for there. */
interface Page {
  fragment: string;
  first: string[];
}

const MODELS: Page = { fragment: "", first: ["data/models.json"] };

/** Throws `usage` for what is no label. */
function pageOf(typed: string): Page {
  const label = parseLabel(typed);
  if (label.kind === "stage")
    return { fragment: `#/stages/${label.model}`, first: [`data/history/${label.model}.json`] };
  if (label.kind === "version")
    return { fragment: `#/${formatLabel(label)}`, first: [`data/show/${formatLabel(label)}.json`] };
  if (!typed.includes("@")) return { fragment: `#/${label.model}`, first: [`data/log/${label.model}.json`] };
  throw new MvgitError("usage", `'${display(typed)}' is no page`, {
    subject: display(typed),
    hint: `'mvgit ui ${label.model}' shows all versions, the latest first`,
  });
}

function howToReach(port: number, isFar: boolean): string {
  return isFar
    ? `from your own machine: 'ssh -N -L ${port}:127.0.0.1:${port} HOST', then open that address there; Ctrl-C ends it`
    : "open that address in a browser of this machine; Ctrl-C ends it";
}
