/**
 * Markdown of a repository as elements: nothing of it is ever HTML, nothing is loaded but pictures of the version
 * itself, and links lead to web pages or into the version. HTML inside of it is shown as the text that it is.
 */
import { Lexer, type Token, Tokenizer, type Tokens } from "marked";
import { type ComponentChildren, createElement } from "preact";
import { displayLines } from "../../base/display.ts";
import { resolveInRepository } from "../../values/card.ts";
import { TableRegion } from "../parts/region.tsx";
import { decodeEntities } from "./entities.ts";

/** Where a text stands, and what of its repository can be shown. */
export interface MarkdownContext {
  /** Its path from the top of the repository. */
  file: string;
  /** The address of a file of the version; null where the page has none. */
  addressOf(path: string): string | null;
}

/** Letters of a text that are taken apart; the rest is shown as it is. */
const MOST_LETTERS = 100_000;
/** Things in each other; deeper ones are shown as they are written. */
const DEEPEST = 24;
const MOST_ROWS = 300;

export function Markdown({ text: written, ...context }: MarkdownContext & { text: string }) {
  const text = displayLines(written);
  const { front, body } = frontMatter(text.slice(0, MOST_LETTERS));
  const rest = text.slice(MOST_LETTERS);
  return (
    <div class="markdown">
      {front !== "" && (
        <details>
          <summary>What it says of itself</summary>
          <pre>{front}</pre>
        </details>
      )}
      {blocks(tokensOf(body), context, 0)}
      {rest !== "" && <pre>{rest}</pre>}
    </div>
  );
}

/** The YAML before a card of a hub. */
function frontMatter(text: string): { front: string; body: string } {
  const found = /^\ufeff?---\r?\n([^]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  return found ? { front: found[1] as string, body: text.slice(found[0].length) } : { front: "", body: text };
}

/**
 * Letters behind a place that are looked at for what begins there: marked looks to the end of a paragraph, so that one
 * of many stars takes minutes.
 */
const LOOKED_AT = { emphasis: 5000, address: 2000, text: 500 };

/** Reads no deeper than is drawn: each level of quotes and lists costs as much as all that is in it. */
class Shallow extends Tokenizer {
  #depth = 0;

  override blockquote(source: string): Tokens.Blockquote | undefined {
    return this.#within(() => super.blockquote(source));
  }

  override list(source: string): Tokens.List | undefined {
    return this.#within(() => super.list(source));
  }

  override emStrong(source: string, masked: string, before = ""): Tokens.Em | Tokens.Strong | undefined {
    return source.length > LOOKED_AT.emphasis ? undefined : super.emStrong(source, masked, before);
  }

  override url(source: string): Tokens.Link | undefined {
    return super.url(source.slice(0, LOOKED_AT.address));
  }

  override inlineText(source: string): Tokens.Text | undefined {
    return super.inlineText(source.slice(0, LOOKED_AT.text));
  }

  #within<T>(read: () => T): T | undefined {
    if (this.#depth >= DEEPEST) return undefined;
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }
}

function tokensOf(text: string): Token[] {
  try {
    return new Lexer({ gfm: true, tokenizer: new Shallow() }).lex(text);
  } catch {
    // What was made to be too much for a reader is shown as it is written.
    return [{ type: "code", raw: text, text } as Tokens.Code];
  }
}

type Draw = (token: Tokens.Generic, context: MarkdownContext, depth: number) => ComponentChildren;

function blocks(tokens: readonly Token[] | undefined, context: MarkdownContext, depth: number): ComponentChildren {
  return (tokens ?? []).map((token) => {
    if (depth > DEEPEST) return token.raw;
    const draw = Object.hasOwn(DRAWN, token.type) ? DRAWN[token.type] : undefined;
    return draw === undefined ? token.raw : draw(token as Tokens.Generic, context, depth + 1);
  });
}

const wrapped =
  (tag: string): Draw =>
  ({ tokens }, context, depth) =>
    createElement(tag, null, blocks(tokens, context, depth));

const asWritten: Draw = ({ raw }) => <span class="raw">{raw}</span>;

const DRAWN: Record<string, Draw> = {
  space: () => null,
  def: () => null,
  hr: () => <hr />,
  br: () => <br />,
  // The page and the part have the headings above it.
  heading: ({ depth: level, tokens }, context, depth) =>
    createElement(`h${Math.min(6, Number(level) + 2)}`, null, blocks(tokens, context, depth)),
  paragraph: wrapped("p"),
  blockquote: wrapped("blockquote"),
  strong: wrapped("strong"),
  em: wrapped("em"),
  del: wrapped("del"),
  code: ({ text }) => <pre>{String(text)}</pre>,
  codespan: ({ text }) => <code>{String(text)}</code>,
  escape: ({ text }) => String(text),
  text: ({ text, tokens }, context, depth) =>
    tokens === undefined ? decodeEntities(String(text)) : blocks(tokens, context, depth),
  html: asWritten,
  checkbox: ({ checked }) => (checked === true ? "☑ " : "☐ "),
  list: listOf,
  table: (token, context, depth) => tableOf(token as unknown as Tokens.Table, context, depth),
  link: linkOf,
  image: pictureOf,
};

function listOf(token: Tokens.Generic, context: MarkdownContext, depth: number): ComponentChildren {
  const { ordered, start, items } = token as unknown as Tokens.List;
  const drawn = items.map((item) => <li>{blocks(item.tokens, context, depth)}</li>);
  return ordered ? <ol {...(Number.isSafeInteger(start) && { start: Number(start) })}>{drawn}</ol> : <ul>{drawn}</ul>;
}

function tableOf({ header, rows }: Tokens.Table, context: MarkdownContext, depth: number): ComponentChildren {
  return (
    <>
      <TableRegion label="A table of the text">
        <table>
          <thead>
            <tr>
              {header.map((cell) => (
                <th scope="col">{blocks(cell.tokens, context, depth)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr>
                {row.map((cell) => (
                  <td>{blocks(cell.tokens, context, depth)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableRegion>
      {rows.length > MOST_ROWS && <p class="faint">{rows.length - MOST_ROWS} more rows</p>}
    </>
  );
}

function linkOf({ href, tokens }: Tokens.Generic, context: MarkdownContext, depth: number): ComponentChildren {
  const inside = blocks(tokens, context, depth);
  const link = String(href);
  if (isWebAddress(link))
    return (
      <a href={link} rel="noopener noreferrer" target="_blank">
        {inside}
      </a>
    );
  const path = resolveInRepository(context.file, link);
  const address = path === null ? null : context.addressOf(path);
  return address === null ? <span class="raw">{inside}</span> : <a href={address}>{inside}</a>;
}

function pictureOf({ href, text }: Tokens.Generic, context: MarkdownContext): ComponentChildren {
  const [link, words] = [String(href), decodeEntities(String(text))];
  const path = resolveInRepository(context.file, link);
  const address = path === null ? null : context.addressOf(path);
  if (address !== null) return <img src={address} alt={words} loading="lazy" />;
  const told = words === "" ? "a picture that is not loaded" : `a picture that is not loaded: ${words}`;
  if (!isWebAddress(link)) return <span class="raw">[{told}]</span>;
  return (
    <a href={link} rel="noopener noreferrer" target="_blank">
      [{told}]
    </a>
  );
}

function isWebAddress(link: string): boolean {
  try {
    return /^https?:\/\//i.test(link) && ["http:", "https:"].includes(new URL(link).protocol);
  } catch {
    // No address at all.
    return false;
  }
}
