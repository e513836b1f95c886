/** Lists of words, written over as many lines of the source as they take. */

/** What blanks and line breaks part. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
