/** What moves a remote's blobs into another place. */
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import type { Remotes } from "../../transfer/remotes.ts";
import type { Hash } from "../../values/hash.ts";

/** From where to where. */
export interface Moving {
  repo: Repo;
  from: Remotes;
  to: Remote;
  jobs: number | undefined;
  /** What blobs are to be compared with in `to`, and in which order they go there. */
  arrange?: (absent: ReadonlyMap<Hash, Need>) => Promise<Map<Hash, Need>>;
}
