/** What a reader of stored forms throws: bytes that are none. The store that had them makes a failure of it. */

/** Bytes that do not keep to their format, in words that follow "does not keep to its format: ". */
export class Malformed extends Error {
  /** They say that a later format wrote them: an update of mvgit may read them. */
  readonly isNewer: boolean;

  constructor(why: string, { isNewer = false }: { isNewer?: boolean } = {}) {
    super(why);
    this.name = "Malformed";
    this.isNewer = isNewer;
  }
}

/** Throws `Malformed` unless `holds`. */
export function demand(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Malformed(why);
}
