/** How large the parts of stored forms may be: what is above is refused before room is made for it. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Plain bytes of a piece. Writers cut at most a quarter of it. */
export const MOST_PIECE = 4 * MIB;
/** By how much coded bytes may be longer than the plain ones. */
export const MOST_GROWTH = KIB;
/** Bytes of the pieces in a pack; its table comes on top. */
export const MOST_IN_PACK = 64 * MIB;
/** Entries of a pack's table. */
export const MOST_ENTRIES = MIB;
/** Bytes of a recipe. */
export const MOST_RECIPE = 64 * MIB;
/** Bytes of all recipes that one remote is read by at once; of one alone, as many as it may have. */
export const MOST_PLANNED = 64 * MIB;
/** Bytes of a recipe that is taken apart into objects, for a later version to be compared with. */
export const MOST_COMPARED = 16 * MIB;
/** Bytes of a cut list. */
export const MOST_CUT_LIST = 64 * MIB;
/** Bytes of the longest blob that mvgit has numbers for. */
export const MOST_BLOB = Number.MAX_SAFE_INTEGER;
