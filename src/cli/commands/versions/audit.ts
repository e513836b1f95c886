/** `mvgit audit [MODEL]` */
import { EXIT } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { checkModelName } from "../../../values/label.ts";
import { audit as operation, type AuditReport } from "../../../versions/audit.ts";
import { defineCommand } from "../../command.ts";
import { flag, remote } from "../../options.ts";
import { plural } from "../../render/numbers.ts";
import type { Style } from "../../render/style.ts";

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `
    Looks whether every version and every move of a stage is what it was: tags, package files, chains of events,
    stages.yaml and signatures here; tags on the Git host; blobs in the remote. One line a finding. Exits with 0
    only when nothing was found and all that was asked for could be looked at: 1 for a finding, 25 when the host
    or remote is away.
  `,
  options: {
    remote,
    verify: flag("read and hash every blob of the remote, too"),
    offline: flag("ask neither the Git host nor the remote"),
  },
  run: async ({ operands: [model], remote: name, verify, offline }, session) =>
    operation(await session.repo(), {
      model: model === undefined ? null : checkModelName(model),
      remote: name ?? null,
      verify,
      offline,
    }),
  text: auditText,
  exit({ findings, unlooked }) {
    if (findings.length > 0) return EXIT.refused;
    const statuses = new Set(unlooked.map((each) => each.status).filter((status) => status !== 0));
    return statuses.size > 1 ? EXIT.partly : ([...statuses][0] ?? 0);
  },
});

function auditText(report: AuditReport, style: Style): string {
  const { findings, notes, unlooked, looked } = report;
  const lines = [
    ...findings.map(({ kind, message }) => `${style.bad(`${kind}:`)} ${message}`),
    ...notes.map(({ message }) => `${style.faint("note:")} ${message}`),
    ...unlooked.map(
      ({ what, why, status }) =>
        `${status === 0 ? style.faint("not looked at:") : style.warning("not looked at:")} ${what}: ${display(why)}`,
    ),
  ];
  const asked = [
    report.host === null ? "" : `the host '${display(report.host)}'`,
    report.remote === null ? "" : `${report.remote}, ${plural(looked.blobs, "blob")}`,
  ].filter((each) => each !== "");
  const what = [
    plural(looked.versions, "version"),
    plural(looked.events, "event"),
    ...(looked.remarks > 0 ? [plural(looked.remarks, "remark")] : []),
    ...(looked.signatures > 0 ? [plural(looked.signatures, "signature")] : []),
  ].join(", ");
  const verdict =
    findings.length === 0 ? style.good("nothing was found") : style.bad(plural(findings.length, "finding"));
  return [...lines, `${verdict}: looked at ${what} here${asked.map((each) => `; ${each}`).join("")}`].join("\n");
}
