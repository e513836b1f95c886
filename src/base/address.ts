/** Addresses as they may be shown: what in them signs somebody in is left out. */
import { display } from "./paths.ts";

const MASK = "***";
const IN_TEXT = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s"'<>]+)/gi;
const PARAMETER = /([?&;#])([^=&;#]*)=([^&;#]*)/g;
/** Names of parameters whose values are, or may be, as good as a password. */
const SECRET = /sig|token|secret|passw|pwd|key|credential|auth|session|code|user|login|account|access/i;
/** Those whose user, without a password, is no secret. */
const NAMED_USER = /^(?:git\+|svn\+)?ssh:|^sftp:/i;

/** A text of any kind, with addresses in it. */
export function withoutCredentials(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(
    IN_TEXT,
    (_, scheme: string, rest: string) =>
      scheme +
      withoutUser(scheme, rest).replace(PARAMETER, (all, mark: string, name: string) =>
        SECRET.test(name) ? `${mark}${name}=${MASK}` : all,
      ),
  );
}

/**
 * An address that somebody typed, or that a setting names, whatever it is: safe for a terminal, without a user's name
 * and password, and without the values of parameters. The path of a folder stays as it is.
 */
export function showAddress(address: string): string {
  return display(masked(address));
}

/** Whether something in it signs somebody in. */
export function holdsCredentials(address: string): boolean {
  return masked(address) !== address;
}

/** The path of a folder, by how it begins. */
const FOLDER = /^(?:\/(?!\/)|\\|\.{1,2}[/\\]|[A-Za-z]:[/\\]|file:\/\/\/)/i;
const SCHEME = /^((?:[a-z][a-z0-9+.-]{0,30}:)?\/\/+|)([^]*)$/i;
/** What stands where a port would, and is none. */
const ODD_PORT = /^([^/?#@:[]*):(?![0-9]{0,5}(?:[/?#]|$))[^/?#@]*/;
const QUERY = /([?#;&])([^]*)$/;
/** A parameter's value, with its name where it has one. */
const VALUE = /(^|[&;#?])([^=&;#?]*=)?[^&;#?]+/g;

function masked(address: string): string {
  if (FOLDER.test(address)) return address;
  const [, scheme = "", rest = ""] = SCHEME.exec(address) ?? [];
  const [head, tail] =
    scheme === "" ? withoutLooseUser(address) : [scheme, withoutUser(scheme, rest).replace(ODD_PORT, `$1:${MASK}`)];
  return head + tail.replace(QUERY, (_, mark: string, query: string) => mark + withoutValues(query));
}

function withoutValues(query: string): string {
  return query.replace(VALUE, (_, before: string, name: string | undefined) => `${before}${name ?? ""}${MASK}`);
}

/** Without a scheme, or after one that is mistyped; the user of `user@host:path` is none to hide. */
function withoutLooseUser(address: string): [string, string] {
  if (!/^[^@]*:[^@]*@/.test(address)) return ["", address];
  return ["", `${MASK}${address.slice(address.lastIndexOf("@"))}`];
}

function withoutUser(scheme: string, rest: string): string {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  // A password with a slash in it, which nobody encoded; digits before the slash are a port.
  const hasOddPassword = !authority.includes("@") && /^[^:/?#@]*:(?![0-9]{1,5}(?:[/?#]|$))/.test(rest);
  const at = (hasOddPassword ? rest : authority).lastIndexOf("@");
  if (at < 0) return rest;
  const user = rest.slice(0, at);
  return NAMED_USER.test(scheme) && !user.includes(":") ? rest : `${MASK}${rest.slice(at)}`;
}
