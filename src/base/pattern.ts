/** Regular expressions that are too long for one line. */

/**
 * Over several lines: a line break, and the blanks around it, stand for nothing. Blanks within a line count.
 *
 *     const PART = pattern("i")`
 *       ^(?:
 *         one of many|
 *         another
 *       )$`;
 */
export function pattern(flags = ""): (text: TemplateStringsArray, ...parts: readonly string[]) => RegExp {
  return (text, ...parts) => new RegExp(String.raw(text, ...parts).replace(/\s*\n\s*/g, ""), flags);
}
