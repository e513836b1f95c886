/**
 * What an environment of Python must have to be the one that a version recorded, in words that installers take.
 * Everything comes from a package file, which may be hostile: nothing here becomes an option, a second line, or another
 * kind of requirement than it is.
 */
import { pattern } from "../base/pattern.ts";
import { display, pathProblem, type RepoPath } from "../base/paths.ts";
import { normalName, parsePlace, type RecordedInterpreter, type RecordedPackage } from "./environment-record.ts";

export interface WishedPackage {
  name: string;
  version: string;
  /** A line of a requirements file. */
  requirement: string;
}

/** Installed from the version's own code; "" is the top of the work tree. */
interface WishedProject {
  name: string;
  path: RepoPath | "";
  editable: boolean;
}

/** What cannot be had, and why. */
export interface Lacking {
  package: string;
  why: string;
}

export interface WishedEnvironment {
  /** `3.11.7`; null where it is not known. */
  python: string | null;
  packages: WishedPackage[];
  projects: WishedProject[];
  lacking: Lacking[];
}

/** PEP 508 and PEP 440, more narrowly than they are. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.!+_-]{0,99}$/;
const PYTHON = /^[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,3}(?:(?:a|b|rc)[0-9]{1,2})?$/;
/** Without a blank, a quote, a `#` or anything that a requirements file or a shell reads as more than an address. */
const ADDRESS = /^(?:https|ssh):\/\/[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?\/[A-Za-z0-9._~%+/=&?,!:@-]*$/;
const SSH_USER = /^ssh:\/\/[A-Za-z0-9._-]+@/;

/** Of one interpreter. A version that cannot be one is an unknown one. */
export function wishedEnvironment({
  version,
  packages,
}: Pick<RecordedInterpreter, "version" | "packages">): WishedEnvironment {
  const wished: WishedEnvironment = {
    python: PYTHON.test(version) ? version : null,
    packages: [],
    projects: [],
    lacking: [],
  };
  const seen = new Set<string>();
  for (const each of packages ?? []) {
    const key = normalName(each.name);
    if (seen.has(key)) continue;
    seen.add(key);
    const found = wishOf(each);
    if ("why" in found)
      wished.lacking.push({ package: display(`${each.name}==${each.version}`).slice(0, 200), why: found.why });
    else if ("path" in found) wished.projects.push(found);
    else wished.packages.push(found);
  }
  return wished;
}

function wishOf({ name, version, origin }: RecordedPackage): WishedPackage | WishedProject | { why: string } {
  if (!NAME.test(name)) return { why: "that is no name of a package" };
  if (!VERSION.test(version)) return { why: "that is no version of a package" };
  if (origin === null) return { name, version, requirement: `${name}==${version}` };
  if (origin.kind === "folder" || origin.kind === "editable") return projectOf(name, origin);
  const address = addressOf(origin.url);
  if (address === null)
    return { why: `it came from an address that is not taken: ${display(origin.url).slice(0, 200)}` };
  if (origin.kind === "archive") {
    const hash = /^sha256=([0-9a-f]{64})$/.exec(origin.hash ?? "")?.[1];
    if (!address.startsWith("https:")) return { why: "its archive is not at an https address" };
    return hash === undefined
      ? { why: `its archive has no recorded hash: ${display(address).slice(0, 200)}` }
      : { name, version, requirement: `${name} @ ${address}#sha256=${hash}` };
  }
  if (origin.vcs !== "git")
    return {
      why: `it came from ${display(origin.vcs ?? "a repository of no known kind")}, and only Git is known here`,
    };
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(origin.commit ?? "")) return { why: "its commit was not recorded" };
  return { name, version, requirement: `${name} @ git+${address}@${origin.commit}` };
}

/** Null for one that is not taken, credentials other than the user of ssh among the reasons. */
function addressOf(url: string): string | null {
  const bare = url.replace(SSH_USER, "ssh://");
  return ADDRESS.test(bare) && !bare.includes("@") && !/\/\.\.?(?:\/|$)/.test(bare) && url.length <= 1000 ? url : null;
}

function projectOf(name: string, { kind, url }: { kind: string; url: string }): WishedProject | { why: string } {
  const { place, path } = parsePlace(url);
  if (place !== "work tree")
    return { why: `it was installed from a folder that is no part of the version: ${display(path).slice(0, 200)}` };
  const inside = path === "." ? "" : path;
  if (inside !== "" && pathProblem(inside) !== null)
    return { why: "it was installed from a folder that cannot be used" };
  return { name, path: inside as RepoPath | "", editable: kind === "editable" };
}

/** Names and versions that are not as wished: `installed` are `NAME==VERSION`. */
export function notInstalled(
  { packages }: Pick<WishedEnvironment, "packages">,
  installed: readonly string[],
): WishedPackage[] {
  const found = new Map(
    installed.map((each) => [normalName(each.slice(0, each.indexOf("=="))), each.slice(each.indexOf("==") + 2)]),
  );
  return packages.filter((each) => found.get(normalName(each.name)) !== each.version);
}

const UNREACHABLE = pattern("i")`
  connection (?:refused|reset|broken|timed out|error)|temporary failure in name resolution|
  name or service not known|failed to establish a new connection|dns error|error sending request|
  network is unreachable|tcp connect error`;

/** What installers say of a package that they do not have, in the order in which it is looked for. */
const LACKING: readonly (readonly [string, RegExp])[] = [
  ["the index cannot be reached", UNREACHABLE],
  [
    "its repository, or that commit of it, cannot be had",
    /git (?:clone|fetch)|git operation failed|could not read from remote|failed to (?:clone|fetch)/i,
  ],
  [
    "it has no build for this Python",
    pattern("i")`
      requires-python|requires a different python|requires python|no wheels? with a matching python|
      not a supported wheel|abi tag`,
  ],
  [
    "your index does not have it",
    pattern("i")`
      \(from versions: none\)|was not found in|not found in the package registry|
      no matching distribution|no version of|there are no versions|could not find a version`,
  ],
  [
    "its bytes are others than the recorded hash says",
    /hash(?:es)? (?:mismatch|do not match)|do not match the hashes/i,
  ],
  ["it could not be built", /failed to build|error: subprocess-exited|building wheel|build backend/i],
];

/** Why an installer did not have a package, in few words, from what it said. */
export function whyLacking(words: string): { why: string; isUnreachable: boolean } {
  const said = words.replace(/\x1b\[[0-9;]*m/g, "");
  const isUnreachable = UNREACHABLE.test(said);
  const known = LACKING.find(([, sign]) => sign.test(said));
  if (known !== undefined) return { why: known[0], isUnreachable };
  const last =
    said
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !/^(?:\[notice\]|warning:)/i.test(line))
      .at(-1) ?? "the installer failed";
  return { why: display(last).slice(0, 200), isUnreachable };
}
