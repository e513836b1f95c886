/** Lists of words, written over as many lines of the source as they take. */

/** What blanks and line breaks part. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/**
 * A pattern that is any of these patterns, each as `RegExp` takes it, without blanks:
 *
 *     new RegExp(`^${anyOf`docker podman \w+\.exe`}$`)
 */
export function anyOf(list: TemplateStringsArray): string {
  return `(?:${words(list.raw.join("")).join("|")})`;
}
