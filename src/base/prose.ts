/** Long messages, written over several lines of the source as people read them. */

/**
 * One line of text: each line break of the source, with the blanks around it, is one blank, and none at both ends.
 * Values that are put in stay as they are, so they are made safe for a terminal (`display`) as everywhere.
 *
 *     prose`the host has these commits already, and this clone saw their bytes stored once;
 *       'mvgit fsck --remote --all' says what is left of them`
 */
export function prose(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const last = parts.length - 1;
  return parts
    .map((part, at) => {
      const begun = at === 0 ? part.replace(/^\s*\n\s*/, "") : part;
      const ended = at === last ? begun.replace(/\s*\n\s*$/, "") : begun;
      return `${ended.replace(/[ \t]*\n\s*/g, " ")}${at === last ? "" : values[at]}`;
    })
    .join("");
}
