/**
 * What looks like a secret in a command line, an address or a text, replaced by `${NAME}` before anything is recorded.
 * Better a harmless word masked than a password kept: a masked word is asked for again, a kept one cannot be taken back.
 */

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_ENDING = /(?:^|[-_.])(?:pass(?:word|wd|phrase)?|pwd|secret|token|bearer|auth|authorization|credentials?|(?:api|access|secret|private|account|auth|encryption|signing|shared|ssh|license)[-_]?key(?:[-_]id)?|apikey|secrets?|signature|sig|dsn|cookie|session[-_]id|webhook(?:[-_]url)?|connection[-_]string)$/i;
/** Words of machine learning that end like a secret. */
const HARMLESS = /(?:^|[-_.])(?:eos|bos|pad|unk|mask|sep|cls|per|next|special|stop|start|end|image|prompt)[-_]?token$/i;
/** Not the name of a secret: the folder that a shell is in. */
const NOT_SECRET = new Set(["PWD", "OLDPWD", "SSH_AUTH_SOCK"]);

/** Whether a value under this name (of a variable, option or setting) is to be taken for a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/^-+/, "");
  return SECRET_ENDING.test(plain) && !HARMLESS.test(plain) && !NOT_SECRET.has(name);
}

/** Forms that providers give their keys. */
const KNOWN = [
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g, /\bgithub_pat_[A-Za-z0-9_]{20,}/g, /\bglpat-[A-Za-z0-9_-]{16,}/g, /\bsk-[A-Za-z0-9_-]{16,}/g, /\bhf_[A-Za-z0-9]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g, /\bAIza[A-Za-z0-9_-]{30,}/g, /\bya29\.[A-Za-z0-9_-]{16,}/g, /\bnpm_[A-Za-z0-9]{30,}/g, /\bpypi-[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const LONG_WORD = /[A-Za-z0-9+_=-]{32,}/g;
const URL_USER = /(\b[a-z][a-z0-9+.-]*:\/\/)([^\s/@?#]+)@/gi;
const URL_QUERY = /([?&;#])([A-Za-z0-9_.-]+)=([^&;#\s"']+)/g;
const SIGNED = /^(?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|googleaccessid|sig|key|code)$/i;
const HEADER = /\b(authorization\s*[:=]\s*(?:bearer|basic|token)?\s*)([^\s"',;]+)/gi;
const SCHEME = /\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{6,})/gi;
/** `--token X`, `--token=X`, `TOKEN=X`, `"password": "X"`: name, what stands between, and a value with its quotes. */
const ASSIGNED = /(?<![A-Za-z0-9_.-])(?:(--?[A-Za-z][A-Za-z0-9_.-]*)(\s*=\s*|\s+)|([A-Za-z][A-Za-z0-9_.-]*)(\\*["']?\s*[=:]\s*\\*))("[^"]*"|'[^']*'|[^\s"',;&]+)/g;
const PLACEHOLDER = /^\$\{[A-Z0-9_]+\}$/;

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
      if (value === undefined || value === "" || !(named.includes(name) || (isSecretName(name) && value.length >= SHORTEST))) continue;
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
    return words.map((word) => {
      const masked = owner !== null && word !== "" && !/^--?[a-z]/i.test(word) ? this.#mask(word, owner) : this.text(word);
      owner = /^--?[A-Za-z][A-Za-z0-9_.-]*$/.test(word) && isSecretName(word) ? word : /^(?:authorization:|bearer|basic)$/i.test(word) ? "authorization" : null;
      return masked;
    });
  }

  /** The value of a setting. */
  value<T>(name: string, value: T): T | string {
    if (typeof value !== "string") return isSecretName(name) && typeof value === "number" ? this.#mask(String(value), name) : value;
    return isSecretName(name) && value !== "" ? this.#mask(value, name) : this.text(value);
  }

  /** A text of any kind. */
  text(text: string): string {
    let masked = this.#known(text);
    masked = masked.replace(URL_USER, (_, scheme: string, user: string) => `${scheme}${this.#userInfo(user)}@`);
    masked = masked.replace(URL_QUERY, (all, mark: string, name: string, value: string) => (isSecretName(name) || SIGNED.test(name) ? `${mark}${name}=${this.#mask(value, name)}` : all));
    masked = masked.replace(HEADER, (_, head: string, value: string) => `${head}${this.#mask(value, "authorization")}`);
    masked = masked.replace(SCHEME, (_, head: string, value: string) => `${head}${this.#mask(value, "authorization")}`);
    masked = masked.replace(ASSIGNED, (all, ...parts: (string | undefined)[]) => this.#assigned(all, parts));
    for (const pattern of KNOWN) masked = masked.replace(pattern, (value) => this.#mask(value, "secret"));
    return masked.replace(LONG_WORD, (value) => (looksRandom(value) ? this.#mask(value, "secret") : value));
  }

  #known(text: string): string {
    let masked = text;
    for (const [value, name] of [...this.#names].sort(([a], [b]) => b.length - a.length)) {
      if (!masked.includes(value)) continue;
      const parts = value.length >= LONG_VALUE ? masked.split(value) : masked.split(new RegExp(`(?<![A-Za-z0-9])${value.replace(/[^A-Za-z0-9]/g, "\\$&")}(?![A-Za-z0-9])`));
      if (parts.length > 1) masked = parts.join(this.#use(name));
    }
    return masked;
  }

  #assigned(all: string, [option, optionGap, word, wordGap, value = ""]: (string | undefined)[]): string {
    const name = option ?? word ?? "";
    // A header's value has a scheme before it, and was seen to already.
    if (!isSecretName(name) || /authorization$/i.test(name)) return all;
    const quote = /^["']/.exec(value)?.[0] ?? "";
    const inner = value.slice(quote.length, value.length - quote.length);
    const bare = quote === "" ? inner : inner.replace(/\\+$/, "");
    return bare === "" ? all : `${name}${optionGap ?? wordGap ?? ""}${quote}${this.#mask(bare, name)}${inner.slice(bare.length)}${quote}`;
  }

  #userInfo(user: string): string {
    const colon = user.indexOf(":");
    return colon < 0 ? this.#mask(user, "url_user") : `${user.slice(0, colon)}:${this.#mask(user.slice(colon + 1), "url_password")}`;
  }

  #mask(value: string, owner: string): string {
    if (PLACEHOLDER.test(value)) return value;
    const known = this.#names.get(value);
    if (known !== undefined) return this.#use(known);
    const base = owner.replace(/^-+/, "").replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
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

/** Changes of kind (lower, upper, digit) from letter to letter: many in a key, few in words, none in a hash's hex. */
function looksRandom(word: string): boolean {
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/[0-9]/.test(word)) return false;
  const kinds = [...word].map((letter) => (/[a-z]/.test(letter) ? 0 : /[A-Z]/.test(letter) ? 1 : 2));
  return kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length / word.length > 0.35;
}

/** A recorded command with its secrets put back; the names for which `values` has nothing are answered instead. */
export function unmask(command: readonly string[], secrets: readonly string[], values: Environment): { command: string[] } | { missing: string[] } {
  const missing = secrets.filter((name) => values[name] === undefined);
  if (missing.length > 0) return { missing };
  return { command: command.map((word) => secrets.reduce((text, name) => text.replaceAll(`\${${name}}`, () => values[name] as string), word)) };
}
