/**
 * GTO, the registry beside DVC: annotated tags whose names say what happened. `NAME@v1.2.0` registers a version,
 * `NAME#STAGE#3` assigns the version of its commit to a stage; `!` before the counter takes it back. Order is the tag's time.
 */
import { asModelName, type ModelName } from "./label.ts";

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
const TAG = new RegExp(`^((?:[a-zA-Z0-9._/-]+=)?${NAME})(?:#(${NAME})(!?)|@(${VERSION})(!?)|@(deprecated))(?:#([0-9]{1,9}))?$`);

/** What the name of a tag says in GTO's way, null when it is none of GTO's. `tag`: without `refs/tags/`. */
export function readGtoName(tag: string): GtoName | null {
  const match = TAG.exec(tag);
  if (!match) return null;
  const [, artifact = "", stage, unassigned, version, deregistered, , counter = "0"] = match;
  const action = stage !== undefined ? (unassigned ? "unassign" : "assign") : version !== undefined ? (deregistered ? "deregister" : "register") : "deprecate";
  return { artifact: artifact.replace("=", ":"), action, version: version ?? null, stage: stage ?? null, counter: Number(counter) };
}

/** The name nearest to one of GTO's that a model or stage can have here; null when there is none. */
export function nameFromGto(text: string): ModelName | null {
  return asModelName(text.toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[._-]+/, "").slice(0, 64).replace(/[._-]+$/, ""));
}

/** What GTO writes when nobody gives a message. */
export function isUsualMessage(message: string): boolean {
  return /^(?:Registering artifact \S+ version \S+|Deregistering artifact \S+ version \S+|(?:Una|A)ssigning stage \S+ (?:to|from) artifact \S+ version \S+)$/.test(message);
}
