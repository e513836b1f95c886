/** Signatures of version, event and remark tags, where there are any and where there must be some. */
import { MvgitError } from "../../base/errors.ts";
import { doubtfulTags } from "../../git/signatures.ts";
import type { GitIdentity, Oid } from "../../git/reader.ts";
import type { Repo } from "../../repo/repo.ts";
import { committedSettings } from "../../repo/settings.ts";
import { stageName } from "../../registry/chain.ts";
import { nameOf } from "../../registry/versions.ts";
import type { Findings } from "./report.ts";
import { type Local, trusted } from "./versions.ts";

interface SignedTag {
  name: string;
  oid: Oid;
  tagger: GitIdentity | null;
  signed: boolean;
}

/** Answers how many signatures were verified. */
export async function checkSignatures(repo: Repo, local: Local, findings: Findings): Promise<number> {
  const tags: SignedTag[] = [
    ...trusted(local).map((each) => ({
      name: nameOf(each),
      oid: each.oid,
      tagger: each.tag.tagger,
      signed: each.tag.signed,
    })),
    ...local.chains.flatMap((chain) =>
      chain.events.map(({ event, ...each }) => ({ name: `${stageName(chain)}#${event.number}`, ...each })),
    ),
    ...[...local.remarks].flatMap(([name, { links }]) =>
      links.map(({ value, ...each }) => ({ name: `${name}#${value.number}`, ...each })),
    ),
  ];
  const wanted = await whoMustSign(repo);
  for (const { name, signed, tagger } of tags) {
    if (!signed && wanted(tagger)) findings.found("signature-missing", name, `the tag '${name}' carries no signature`);
  }
  const signed = new Map(tags.filter((each) => each.signed).map((each) => [each.oid, each]));
  const { doubts, checked } = await doubtfulTags(repo.git, [...signed.keys()]);
  const unchecked = doubts.filter((each) => each.state === "unchecked");
  for (const { oid, state } of doubts) {
    const { name } = signed.get(oid) as SignedTag;
    if (state === "bad")
      findings.found(
        "signature-bad",
        name,
        `the signature of the tag '${name}' is bad; 'git verify-tag ${name}' tells more`,
      );
    if (state === "unknown")
      findings.found(
        "signature-unknown",
        name,
        `the signature of the tag '${name}' is by a key that is not known here; 'git verify-tag ${name}' tells which`,
      );
  }
  const left = unchecked.length + signed.size - checked;
  if (left > 0)
    tellUnchecked(findings, {
      left,
      why: unchecked[0]?.words,
      isAsked: [...signed.values()].some((each) => wanted(each.tagger)),
    });
  return checked - unchecked.length;
}

function tellUnchecked(
  findings: Findings,
  { left, why, isAsked }: { left: number; why: string | undefined; isAsked: boolean },
): void {
  const what = `${left} ${left === 1 ? "signature" : "signatures"}`;
  if (why === undefined)
    return findings.failed(what, new MvgitError("check-failed", "too many others were bad or unknown"));
  const reason =
    why
      .split("\n")
      .find((line) => line.startsWith("error:"))
      ?.slice("error: ".length) ??
    why.split("\n")[0] ??
    "";
  if (isAsked) findings.failed(what, new MvgitError("check-failed", `git cannot verify them here: ${reason}`));
  else findings.left(what, `git cannot verify them here: ${reason}`);
}

/** Everybody where `mvgit.audit.requireSigned` says so; the user where `tag.gpgSign` signs their tags. */
async function whoMustSign(repo: Repo): Promise<(tagger: GitIdentity | null) => boolean> {
  const own = await repo.git.config();
  const isOn = (key: string, entries: readonly { key: string; value: string }[]): boolean =>
    /^(true|yes|on|[1-9]\d*)$/i.test(entries.findLast((each) => each.key === key)?.value ?? "");
  const required = "mvgit.audit.requiresigned";
  if (isOn(required, own) || isOn(required, await committedSettings(repo.git))) return () => true;
  if (!isOn("tag.gpgsign", own)) return () => false;
  const { stdout } = await repo.git.run(["var", "GIT_COMMITTER_IDENT"]);
  const email = /<(.*)>/.exec(stdout.toString("utf8"))?.[1];
  return (tagger) => tagger?.email === email;
}
