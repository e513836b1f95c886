/**
 * The XML that services answer with: elements and text, one declaration, no entities of their own. Anything else is
 * no answer of a service.
 */

export interface XmlElement {
  name: string;
  /** As they stand in the tag, unread. */
  attributes: string;
  children: XmlElement[];
  /** Of an element without children. */
  text: string;
}

/** A tag, or the text before the next one. */
const TOKEN = /<(\/?)([A-Za-z][A-Za-z0-9_.-]*)((?:\s[^<>]*?)?)(\/?)>|[^<]+/y;
const DECLARATION = /^\ufeff?\s*(?:<\?xml[^<>]*\?>)?\s*/;
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g;
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
/** Documents of services have five levels, and a page of 5,000 names a hundred thousand elements. */
const DEEPEST = 16;
const MOST = 1_000_000;

/** The outermost element, if it has this name; null for what is no whole document. */
export function parseXml(text: string, root: string): XmlElement | null {
  const open: XmlElement[] = [{ name: "", attributes: "", children: [], text: "" }];
  TOKEN.lastIndex = DECLARATION.exec(text)?.[0].length ?? 0;
  for (let tokens = 0; TOKEN.lastIndex < text.length; tokens++) {
    const token = TOKEN.exec(text);
    if (token === null || tokens > MOST || !take(open, token)) return null;
  }
  const [outermost, another] = open[0]?.children ?? [];
  return open.length === 1 && another === undefined && outermost?.name === root ? outermost : null;
}

/** Puts a token where it belongs: false where it cannot be. */
function take(open: XmlElement[], [all, closes, name, attributes = "", isEmpty]: RegExpExecArray): boolean {
  const within = open.at(-1) as XmlElement;
  if (name === undefined) {
    within.text += withoutEntities(all);
    return open.length > 1 || all.trim() === "";
  }
  if (closes) return open.length > 1 && open.pop()?.name === name;
  const element: XmlElement = { name, attributes: attributes.trim(), children: [], text: "" };
  within.children.push(element);
  if (!isEmpty) open.push(element);
  return open.length <= DEEPEST;
}

function withoutEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (_, named?: string, decimal?: string, hex?: string) => {
    if (named !== undefined) return NAMED[named] ?? "";
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : "\ufffd";
  });
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of the first child of that name; undefined where there is none. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}
