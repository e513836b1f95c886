/** What the page of `mvgit ui` is delivered with: how it gets its documents, and what it may do. */
export interface PageConfig {
  /**
   * `live`: a server of this machine answers; `static`: files, written once; `single`: one HTML file that holds its
   * documents.
   */
  mode: "live" | "static" | "single";
  /** What the repository is called, for the title. */
  title: string;
  /** The address of the repository as `mvgit get` takes it; absent where it is not known, or not to be told. */
  repository?: string;
  /** ISO 8601: when the documents were written; null where they are read anew. */
  written: string | null;
  /** Needed for every act; null where the page may not act. */
  token: string | null;
  /** Of `single`: the documents by their paths. */
  documents?: Readonly<Record<string, unknown>>;
  /** Of `single`: the fragment that is shown at first. */
  route?: string;
}
