/**
 * Values of a pointer's `source.*` keys: any text in one line. Control characters, blanks at the ends and `%` itself
 * are written as the `%XX` of their UTF-8 bytes, upper case.
 */

const ENCODED = /[\u0000-\u001f\u007f-\u009f%]|^ | $/g;

/** The text as a value that a pointer can hold. The empty text has none: leave its key out. */
export function encodeSourceValue(text: string): string {
  return text.replace(ENCODED, (char) => {
    const bytes = [...Buffer.from(char)];
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

/** The text of a value. A `%` without two hexadecimal digits after it stands for itself, since people edit pointers. */
export function decodeSourceValue(value: string): string {
  return value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString(),
  );
}
