/** What the checks of a commit look at, and what they find. */
import type { RawChange } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";

export interface Finding {
  path: string;
  kind: "too-large" | "conflicted" | "malformed" | "raw-bytes" | "name-clash" | "held" | "stage" | "too-much";
  /** What is wrong, after the path. */
  message: string;
  /** The one command that mends it, to be pasted into a shell where the user is. */
  command: string;
  /** Of the content that is wrong. */
  oid: Oid;
}

/** A change to be checked: which paths were touched, and what is known of the whole tree after it. */
export interface Changes {
  changes: readonly RawChange[];
  /** Which of these are pointers in the tree after the change. */
  pointers: (paths: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Every file of the tree after the change that is called as pointers are. */
  all: () => Promise<readonly string[]>;
  /** Object ids that the history before had already, under any name. */
  known: (oids: readonly Oid[]) => Promise<ReadonlySet<Oid>>;
  /** A path as the user would type it. */
  typed: (path: string) => string;
  /** Every file of the tree after the change. */
  tree: () => Promise<readonly string[]>;
  /** It goes on with a merge, a rebase and the like: what it brings stands elsewhere already. */
  isBroughtAgain: boolean;
}
