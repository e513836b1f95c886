/**
 * GTO, the registry beside DVC: annotated tags whose names say what happened. `NAME@v1.2.0` registers a version,
 * `NAME#STAGE#3` assigns the version of its commit to a stage; `!` before the counter takes it back. Order is the tag's
 * time.
 */
import { asModelName, asStageName, type ModelName, type StageName } from "../../values/label.ts";

export interface GtoName {
  /** As GTO prints it: `churn`, `models/churn`, `folder:churn`. */
  artifact: string;
  action: "register" | "deregister" | "assign" | "unassign" | "deprecate";
  /** `v1.2.0`, of a registration and its reverse. */
  version: string | null;
  /** Of an assignment and its reverse. */
  stage: string | null;
  /** 0 where the name has none. */
  counter: number;
}

const NAME = "[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?";
/** The older `v3` as well as `v1.2.0-rc.1+build`. */
const VERSION = "v[0-9]{1,9}(?:\\.[0-9]{1,9}\\.[0-9]{1,9}(?:[-+][0-9a-zA-Z.+-]{1,64})?)?";
const TAG = new RegExp(
  `^((?:[a-zA-Z0-9._/-]+=)?${NAME})(?:#(${NAME})(!?)|@(${VERSION})(!?)|@(deprecated))(?:#([0-9]{1,9}))?$`,
);

/** What the name of a tag says in GTO's way, null when it is none of GTO's. `tag`: without `refs/tags/`. */
export function readGtoName(tag: string): GtoName | null {
  const match = TAG.exec(tag);
  if (!match) return null;
  const [, artifact = "", stage, unassigned, version, deregistered, , counter = "0"] = match;
  return {
    artifact: artifact.replace("=", ":"),
    action: actionOf({ stage, unassigned, version, deregistered }),
    version: version ?? null,
    stage: stage ?? null,
    counter: Number(counter),
  };
}

type Part = string | undefined;

/** By the parts of a name that are there; a mark that is not set is empty. */
function actionOf(parts: { stage: Part; unassigned: Part; version: Part; deregistered: Part }): GtoName["action"] {
  if (parts.stage !== undefined) return parts.unassigned ? "unassign" : "assign";
  if (parts.version !== undefined) return parts.deregistered ? "deregister" : "register";
  return "deprecate";
}

/** The stage's name nearest to one of GTO's; null when there is none. */
export function stageFromGto(text: string): StageName | null {
  return asStageName(near(text, 64));
}

/**
 * The model's name for an artifact of GTO's; null when there is none. It has a dot, which no artifact's name can have:
 * so GTO passes over mvgit's tags, and none of its own ever stands where an event of mvgit's must.
 */
export function modelFromGto(artifact: string): ModelName | null {
  const name = near(artifact, 64 - SUFFIX.length);
  return name === "" ? null : asModelName(name + SUFFIX);
}

const SUFFIX = ".model";

function near(text: string, length: number): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, length)
    .replace(/[._-]+$/, "");
}

/** What GTO writes when nobody gives a message. */
const USUAL = [
  /^(?:R|Der)egistering artifact \S+ version \S+$/,
  /^(?:Una|A)ssigning stage \S+ (?:to|from) artifact \S+ version \S+$/,
];

export function isUsualMessage(message: string): boolean {
  return USUAL.some((form) => form.test(message));
}
