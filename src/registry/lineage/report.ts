/** What a lineage is told as: things, and what led from one to the other. */
import type { RepoPath } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import type { ModelName, StageName } from "../../values/label.ts";
import type { Package } from "../../values/package.ts";

export interface VersionNode {
  /** `MODEL@vN`. */
  id: string;
  kind: "version";
  model: ModelName;
  version: number;
  /** ISO 8601 with offset. */
  time: string;
  author: string;
  message: string;
  metrics: Package["metrics"];
  /** That hold it now. */
  stages: StageName[];
  /** Why it is retracted; null where it is not. */
  retracted: string | null;
  /** How many versions are not shown: that it came from, where it came before the one that was asked for, or of it. */
  hidden: { before: number; after: number };
}

/** Tracked bytes: data of one version, often the weights of another. */
interface BytesNode {
  /** `bytes:HASH`. */
  id: string;
  kind: "bytes";
  path: RepoPath;
  hash: Hash;
  size: number;
  /** Of a folder. */
  files: number | null;
}

/** Where bytes were taken from: a command or an address that was frozen, or what was imported. */
interface SourceNode {
  /** `source:HASH` of the bytes. */
  id: string;
  kind: "source";
  as: "command" | "url" | "import";
  text: string;
  /** ISO 8601; null where it is not known. */
  time: string | null;
}

interface CommitNode {
  /** `commit:OID`. */
  id: string;
  kind: "commit";
  commit: Oid;
  /** Whether there were changes that were not committed. */
  changed: boolean;
}

/** A time during which a stage held the version. */
interface StageNode {
  /** `stage:MODEL#STAGE#N` of the move that brought it there. */
  id: string;
  kind: "stage";
  model: ModelName;
  stage: StageName;
  /** ISO 8601 with offset. */
  since: string;
  /** Null while it is there. */
  until: string | null;
  by: string;
  reason: string;
}

export type LineageNode = VersionNode | BytesNode | SourceNode | CommitNode | StageNode;

/** From the earlier to the later. */
export interface LineageEdge {
  /** Ids of nodes. */
  from: string;
  to: string;
  /**
   * `version`: the later was made from the earlier; `data`: bytes that a version was made of; `made`: a version made
   * the bytes; `source`: bytes were taken from there; `code`: the commit that it was based on; `stage`: it was in that
   * stage.
   */
  kind: "version" | "data" | "made" | "source" | "code" | "stage";
}

export interface LineageReport {
  /** `MODEL@vN`, whatever was asked for: the id of its node. */
  label: string;
  /** Generations that were looked at, before and after. */
  depth: number;
  nodes: LineageNode[];
  edges: LineageEdge[];
  /** What is not shown, or cannot be trusted, in words. */
  notes: string[];
}
