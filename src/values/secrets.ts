/**
 * What looks like a secret in a command line, an address or a text, replaced by `${NAME}` before anything is recorded.
 * Better a harmless word masked than a password kept: a masked word is asked for again, a kept one cannot be taken
 * back.
 */

import { pattern } from "../base/pattern.ts";
import { KNOWN_FORMS } from "./secret-forms.ts";
import { isHarmlessValue, isSecretName, looksRandom } from "./secret-names.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const LONG_WORD = /[A-Za-z0-9+_=-]{32,}/g;
/** As long as a secret key of AWS, which may have slashes in it. */
const FORTY = /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=_-])/g;
const URL_ADDRESS = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s"'<>]+)/gi;
const URL_QUERY = /([?&;#])([A-Za-z0-9_.-]+)=([^&;#\s"']+)/g;
const SIGNED =
  /^(?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|googleaccessid|sig|key|code)$/i;
/** `name:password@host` without a scheme: the host has a dot or a port, which the digest of an image has not. */
const ACCOUNT = pattern("gi")`
  (?<![\w.:/@-])([A-Za-z0-9._-]{1,64}):([^\s:/@"']{4,256})@(?=(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,}|
  localhost\b|(?!sha)[a-z0-9-]{1,63}:[0-9]{1,5}\b)`;
const HEADER = /\b(authorization\s*[:=]\s*(?:bearer|basic|token)?\s*)([^\s"',;]+)/gi;
const COOKIE = /\b((?:set-)?cookie\s*:\s*)([^\n"']+)/gi;
const SCHEME = /\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{6,})/gi;
/** In a script. */
const CURL_USER = /(\bcurl\b[^|;&\n]{0,500}?\s(?:-u|--user|--proxy-user)[\s=]{1,9}["']?[^\s:"']{1,64}:)([^\s"']+)/g;
/**
 * `--token X`, `--token=X`, `TOKEN=X`, `"password": "X"`: name, what stands between, and a value with its quotes. Not
 * `google-auth==2.1`.
 */
const ASSIGNED = pattern("g")`
  (?<![A-Za-z0-9_.-])(?:(--?[A-Za-z][A-Za-z0-9_.-]*)(\s*=(?!=)\s*|\s+)|
  ([A-Za-z][A-Za-z0-9_.-]*)(\\*["']?\s*(?::|=(?!=))\s*\\*))("[^"]*"|'[^']*'|[^\s"',;&]+)`;
const WORD_ASSIGNED = /^(--?[A-Za-z][A-Za-z0-9_.-]*=|[A-Za-z][A-Za-z0-9_.-]*=(?=[^\s=]\S*$))([^]*)$/;
const PLACEHOLDER = /^\$\{[A-Z0-9_]+\}$/;
/** In a script, whose shell puts the value there. */
const REFERENCE = /^\$[A-Z_][A-Z0-9_]*$/;
/** Programs that take a password behind a short option, some without a blank between. */
const SHORT_OPTIONS: Readonly<Record<string, RegExp>> = {
  sshpass: /^-p/,
  "redis-cli": /^-a/,
  unzip: /^-P/,
  zip: /^-P/,
  ldapsearch: /^-w/,
  "7z": /^-p(?=.)/,
  mysql: /^-p(?=.)/,
  mysqldump: /^-p(?=.)/,
  mariadb: /^-p(?=.)/,
  curl: /^(?:-u|--user=?|-U|--proxy-user=?)/,
  wandb: /^login$/,
};

/** Shorter values of variables are replaced only where they stand as a word of their own. */
const LONG_VALUE = 8;
const SHORTEST = 4;

/** Replaces secrets in one run's texts, each value by the same name throughout, and knows the names. */
export class Masker {
  readonly #names = new Map<string, string>();
  readonly #used = new Set<string>();

  /** `named`: variables whose values are secrets whatever their names are. */
  constructor(env: Environment, named: readonly string[] = []) {
    for (const [name, value] of Object.entries(env)) {
      if (
        value === undefined ||
        value === "" ||
        !(named.includes(name) || (isSecretName(name) && value.length >= SHORTEST && !isHarmlessValue(name, value)))
      )
        continue;
      if (!this.#names.has(value)) this.#names.set(value, name);
    }
  }

  /** The names that stand in what was masked so far, in the order they were first needed. */
  get secrets(): string[] {
    return [...this.#used];
  }

  /** A command line; the word after an option with a secret's name is one whole secret. */
  command(words: readonly string[]): string[] {
    let owner: string | null = null;
    let program: string | null = null;
    return words.map((word) => {
      const base = word.slice(word.lastIndexOf("/") + 1);
      if (Object.hasOwn(SHORT_OPTIONS, base)) program = base;
      const short = program === null ? null : (SHORT_OPTIONS[program] as RegExp).exec(word)?.[0];
      const masked = this.#commandWord(word, { owner, short: short ?? "" });
      owner = ownerAfter(word, short ?? null);
      return masked;
    });
  }

  /** `owner`: the option whose value it is; `short`: the option of one letter that it begins with. */
  #commandWord(word: string, { owner, short }: { owner: string | null; short: string }): string {
    if (owner !== null && word !== "" && !/^--?[a-z]/i.test(word)) return this.#owned(owner, word);
    if (short !== "" && short !== word) return short + this.#owned(short, word.slice(short.length));
    return this.#word(word);
  }

  #word(word: string): string {
    const [, head = "", value = ""] = WORD_ASSIGNED.exec(word) ?? [];
    const name = head.slice(0, -1);
    return value !== "" && isSecretName(name) && !/authorization$/i.test(name)
      ? head + this.#maskUnlessHarmless(value, name)
      : this.text(word);
  }

  /** What stands behind an option; an account's password behind its name. */
  #owned(option: string, value: string): string {
    const colon = /^(?:-u|-U|--user=?|--proxy-user=?)$/.test(option) ? value.indexOf(":") + 1 : 0;
    const owner = /^-[a-zA-Z]$|user|login/.test(option) ? "password" : option;
    return value.slice(0, colon) + this.#maskUnlessHarmless(value.slice(colon), owner);
  }

  #maskUnlessHarmless(value: string, name: string): string {
    return value === "" || isHarmlessValue(name, value) ? value : this.#mask(value, name);
  }

  /** The value of a setting. */
  value<T>(name: string, value: T): T | string {
    if (typeof value !== "string" && typeof value !== "number") return value;
    const text = String(value);
    if (!isSecretName(name) || isHarmlessValue(name, text)) {
      // Of digits alone only a known secret is one.
      const masked = typeof value === "string" ? this.text(value) : this.#known(text);
      return masked === text ? value : masked;
    }
    return text === "" ? value : this.#mask(text, name);
  }

  /** A text of any kind. */
  text(text: string): string {
    let masked = this.#known(text);
    masked = this.#addresses(masked);
    masked = masked.replace(CURL_USER, (_, head: string, password: string) => head + this.#mask(password, "password"));
    masked = masked.replace(
      ACCOUNT,
      (_, user: string, password: string) => `${user}:${this.#mask(password, "password")}@`,
    );
    masked = masked.replace(URL_QUERY, (all, mark: string, name: string, value: string) =>
      isSecretName(name) || SIGNED.test(name) ? `${mark}${name}=${this.#mask(value, name)}` : all,
    );
    masked = masked.replace(HEADER, (_, head: string, value: string) => `${head}${this.#mask(value, "authorization")}`);
    masked = masked.replace(COOKIE, (_, head: string, value: string) => `${head}${this.#mask(value, "cookie")}`);
    masked = masked.replace(SCHEME, (all, head: string, value: string) =>
      isCredential(head, value) ? `${head}${this.#mask(value, "authorization")}` : all,
    );
    const isScript = /\s/.test(text);
    masked = masked.replace(ASSIGNED, (all, ...parts: (string | undefined)[]) => this.#assigned(all, parts, isScript));
    for (const pattern of KNOWN_FORMS) masked = masked.replace(pattern, (value) => this.#mask(value, "secret"));
    const random = (value: string): string => (looksRandom(value) ? this.#mask(value, "secret") : value);
    return masked.replace(FORTY, random).replace(LONG_WORD, random);
  }

  #known(text: string): string {
    let masked = text;
    for (const [value, name] of [...this.#names].sort(([a], [b]) => b.length - a.length)) {
      if (value.length < SHORTEST || !masked.includes(value)) continue;
      const parts =
        value.length >= LONG_VALUE
          ? masked.split(value)
          : masked.split(new RegExp(`(?<![A-Za-z0-9])${value.replace(/[^A-Za-z0-9]/g, "\\$&")}(?![A-Za-z0-9])`));
      if (parts.length > 1) masked = parts.join(this.#use(name));
    }
    return masked;
  }

  #assigned(
    all: string,
    [option, optionGap, word, wordGap, value = ""]: (string | undefined)[],
    isScript: boolean,
  ): string {
    const name = option ?? word ?? "";
    // A header's value has a scheme before it, and was seen to already.
    if (!isSecretName(name) || /authorization$/i.test(name)) return all;
    const quote = /^["']/.exec(value)?.[0] ?? "";
    const inner = value.slice(quote.length, value.length - quote.length);
    const bare = quote === "" ? inner : inner.replace(/\\+$/, "");
    if (bare === "" || isHarmlessValue(name, bare) || (isScript && REFERENCE.test(bare))) return all;
    return `${name}${optionGap ?? wordGap ?? ""}${quote}${this.#mask(bare, name)}${inner.slice(bare.length)}${quote}`;
  }

  /** The password in an address; a lone name only where it can be a key. */
  #addresses(text: string): string {
    return text.replace(URL_ADDRESS, (_, scheme: string, address: string) => {
      const authority = /^[^/?#]*/.exec(address)?.[0] ?? "";
      // A password with a slash in it, which nobody encoded; digits before the slash are a port.
      const hasOddPassword = !authority.includes("@") && /^[^:/?#@]*:(?![0-9]{1,5}(?:[/?#]|$))/.test(address);
      const at = (hasOddPassword ? address : authority).lastIndexOf("@");
      if (at < 0) return scheme + this.#addresses(address);
      return (
        scheme + this.#userInfo(address.slice(0, at), /^https?:/i.test(scheme)) + this.#addresses(address.slice(at))
      );
    });
  }

  #userInfo(user: string, isWeb: boolean): string {
    const colon = user.indexOf(":");
    if (colon < 0) return isWeb ? this.#mask(user, "url_user") : user;
    const [name, password] = [user.slice(0, colon), user.slice(colon + 1)];
    if (password === "" || password === "x-oauth-basic") return `${this.#mask(name, "url_user")}:${password}`;
    return `${name}:${this.#mask(password, "url_password")}`;
  }

  #mask(value: string, owner: string): string {
    if (PLACEHOLDER.test(value)) return value;
    const known = this.#names.get(value);
    if (known !== undefined) return this.#use(known);
    const base = owner
      .replace(/^-+/, "")
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .toUpperCase();
    const taken = new Set(this.#names.values());
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
    this.#names.set(value, name);
    return this.#use(name);
  }

  #use(name: string): string {
    this.#used.add(name);
    return `\${${name}}`;
  }
}

/** Whose value the next word is, after a word of a command line; null for nobody's. */
function ownerAfter(word: string, short: string | null): string | null {
  if (isOption(word) && isSecretName(word)) return word;
  if (short === word) return short;
  return /^(?:authorization:|bearer)$/i.test(word) ? "authorization" : null;
}

function isOption(word: string): boolean {
  return /^--?[A-Za-z][A-Za-z0-9_.-]*$/.test(word);
}

/** `Bearer X` and `Basic X` outside of a header may be words of a sentence. */
function isCredential(scheme: string, value: string): boolean {
  if (/^basic/i.test(scheme))
    return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(value, "base64").toString("latin1"));
  return /[0-9]/.test(value) || value.length >= 20;
}

/** A recorded command with its secrets put back; the names for which `values` has nothing are answered instead. */
export function unmask(
  command: readonly string[],
  secrets: readonly string[],
  values: Environment,
): { command: string[] } | { missing: string[] } {
  const missing = secrets.filter((name) => !Object.hasOwn(values, name) || values[name] === undefined);
  if (missing.length > 0) return { missing };
  return {
    command: command.map((word) =>
      secrets.reduce((text, name) => text.replaceAll(`\${${name}}`, () => values[name] as string), word),
    ),
  };
}
