/**
 * Times of safety: every span of time that bytes, claims, locks or runs rest on, in milliseconds, and what rests on it.
 * None of them may be changed alone: `test/base/times.test.ts` holds how they stand to each other.
 */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// Clocks. Ages are differences of times that one medium gave. Where a machine's own clock is held against another's,
// this is what they may differ by.

/** Between the clocks of two people: whoever dated something by that much wrong is not held to have been too late. */
export const PEOPLE_SKEW = 1 * HOUR;
/** Between a machine and a medium, or one machine before and after its clock was set: claims are trusted with it. */
export const MACHINE_SKEW = 1 * DAY;
/** A date that is wrong by more is told by `audit`. */
export const ODD_DATE = 1 * DAY;
/** The time of a medium is asked anew after so long; meanwhile it is gone on with by this machine's. */
export const MEDIUM_TIME_HELD = 1 * MINUTE;

// The network.

/** No byte either way for so long ends an exchange. */
export const INACTIVITY = 1 * MINUTE;
/** Without progress for so long, no further try is made. */
export const NO_PROGRESS = 5 * MINUTE;
/** The longest that one request to a store may be on its way: its tries, and a last one that hangs in each part. */
export const LONGEST_REQUEST = NO_PROGRESS + 4 * INACTIVITY;

// A cache.

/**
 * What gc of a cache keeps after it was last used, whoever needs it: blobs that a command took in and named by no
 * pointer yet, bytes that `--force` displaced, damaged blobs that were set aside.
 */
export const CACHE_GRACE = 14 * DAY;
/** What gc keeps for a process of another host, of which nothing can be known, after the last sign that it gave. */
export const FOREIGN_LEASE = 30 * DAY;
/** Between two such signs: a training may take longer than any lease. */
export const LEASE_BEAT = 1 * HOUR;
/** Runs of which no version was made are kept for so long. */
export const RUN_KEPT = 30 * DAY;

// A remote: gc beside pushes. docs/decisions/0004-gc-of-a-remote.md says why it is safe.

/** What gc of a remote keeps after it was made, by the medium's clock: blobs and claims, whoever needs them. */
export const REMOTE_GRACE = 14 * DAY;
/**
 * A clone relies on a claim that it made, and on what it saw while it stood, for so long. The rest of the grace is for
 * the commit to reach the Git host, and for clocks.
 */
export const CLAIM_TRUST = 7 * DAY;
/** A claim may name a folder whose manifests are not in the remote, which a push brings last: gc waits for it. */
export const PUSH_AWAITED = 2 * DAY;
/** A push that took longer asks and claims anew. */
export const LONGEST_PUSH = 1 * DAY;
/** A mark of gc counts for nothing when it is older: then another gc, and pushes, go on. */
export const MARK_LIFE = 1 * HOUR;
/** After that gc itself removes nothing more. */
export const GC_LIFE = MARK_LIFE / 2;
/** An upload that was cut is gone on with for so long; a cloud forgets it then. */
export const UPLOAD_LIFE = 7 * DAY;

// Processes that nothing can be known of but by signs of life: on another host, in another container.

/** A lock: between two signs of its holder, */
export const LOCK_BEAT = 1 * SECOND;
/** after which without one it is taken away from a holder on this kernel, and elsewhere, */
export const LOCK_SILENCE = { here: 10 * SECOND, elsewhere: 30 * SECOND };
/** how long its holder goes on without a look at whether it still has it, */
export const LOCK_LOOK = SECOND / 10;
/** and how long it is waited for. */
export const LOCK_PATIENCE = 2 * MINUTE;
/** A lock of another host by an earlier version, which gives no signs, is taken when it is this old. */
export const OLD_LOCK = 15 * MINUTE;

/** A run: between two signs of it, and after which without one it was killed. */
export const RUN_BEAT = 10 * SECOND;
export const RUN_SILENCE = 2 * MINUTE;

/**
 * The beginning of a blob: between two signs of whoever writes it, which may wait for its source for long, and after
 * which without one others go on with it.
 */
export const PART_BEAT = 10 * SECOND;
export const PART_SILENCE = 1 * MINUTE;

/** What is moved out of the way for a moment was left there when it is so old. */
export const ASIDE_LEFT = 1 * DAY;
/** What is half-made and has not changed for so long is of no use to anybody. */
export const ABANDONED = 3 * DAY;
