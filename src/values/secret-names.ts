/** Which names are those of secrets, and which values are none whatever their name is. */
import { pattern } from "../base/pattern.ts";

/** Of what, or for what, a key is that is a secret. */
const KEYS = pattern()`
  api|access|secret|private|account|auth|encryption|signing|shared|ssh|license|storage|master|deploy|
  sas|hmac|fernet|sa|wandb|openai|anthropic|comet|kaggle|hf|huggingface|azure`.source;
/** Words of their own; then those that are written together with what stands before: PGPASSWORD, clientsecret. */
const SECRET_ENDING = pattern("i")`
  (?:^|[-_.])(?:
    pass|pwd|token|bearer|auth|authorization|credentials?(?:[-_]json)?|creds|jwt|
    (?:${KEYS})[-_]?keys?(?:[-_](?:id|base|json))?|
    signature|sig|dsn|cookie|session[-_]id|webhook(?:[-_]url)?
  )$|
  (?:^|[-_.])(?:connection[-_]string|auth[-_]config|(?:gh|git|github|gitlab|azure|devops|access)[-_]pat)$|
  (?:
    passwords?|passwds?|passphrases?|secrets?|apikeys?|
    (?:api|auth|access|hf|gh|refresh|session)token|
    (?:db|ssh|key|store|user|my|pg|admin|root|smtp|mail|ftp)pass
  )$`;
/** Words of machine learning that end like a secret. */
const HARMLESS = pattern("i")`
  (?:^|[-_.])(?:(?:eos|bos|pad|unk|mask|sep|cls|per|next|special|stop|start|end|image|prompt|
  placeholder|initializer|class|instance|audio|video|vision|text|target|source|lang|language|trigger|
  separator|begin|final|last|first|blank|extra|new|num|max|min|avg|mean|think|tool)[-_]?token|
  (?:forward|backward|single|one|two|multi|num|first|second|per|low|high|band|all|n)[-_]?pass)$`;
/** Not the names of secrets: the folders that a shell is in, and where an agent listens. */
const NOT_SECRET = new Set(["PWD", "OLDPWD", "SSH_AUTH_SOCK"]);
const NUMBERED = /(?<=key|token|secret|password)(?:[-_]?[0-9]{1,3}|[-_](?:dev|prod|production|staging|test|live))$/i;

/** `token.value` and the like of files of settings. */
const INNER = /(?<=[^.])\.(?:value|values|val|text|plain|plaintext|default|current|[0-9]{1,3})$/i;

/** Whether a value under this name (of a variable, option or setting) is to be taken for a secret. */
export function isSecretName(name: string): boolean {
  const plain = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/^-+/, "")
    .replace(INNER, "")
    .replace(NUMBERED, "");
  return SECRET_ENDING.test(plain) && !HARMLESS.test(plain) && !NOT_SECRET.has(name);
}

/** Switches, small numbers, and the words of a vocabulary (`<pad>`, `[CLS]`). */
const NO_SECRET = pattern("i")`
  ^(?:true|false|yes|no|on|off|none|null|nil|undefined|default|auto|basic|bearer|[0-9]{1,3}|
  [-+]?[0-9]*\.[0-9]+(?:e[-+]?[0-9]+)?|<[^<>]*>|\[[A-Z0-9_]+\])$`;
const A_FILE = pattern()`
  ^(?:~|\.{1,2})?(?:\/[\w.@+-]+)+\/?$|^[A-Za-z]:[\\/]|^[\w.-]+(?:\/[\w.-]+)*\.(?:json|pem|key|crt|txt|
  ya?ml|toml|env|ini|cfg|p12|pfx|netrc)$`;
/** Names that files are given for as well. */
const MAYBE_FILE = /(?:key|credentials?|creds|json)$/i;

/** Whether a value is no secret though its name is that of one: a switch, a number, or the file that a secret is in. */
export function isHarmlessValue(name: string, value: string): boolean {
  return NO_SECRET.test(value) || (MAYBE_FILE.test(name) && A_FILE.test(value) && !looksRandom(value));
}

/** Letters of the longest part between marks. */
const LONGEST_PART = 16;

/**
 * Changes of kind (lower, upper, digit) from letter to letter: many in a key, few in words and names, none in a hash's
 * hex.
 */
export function looksRandom(word: string): boolean {
  if (!/[a-z]/.test(word) || !/[A-Z]/.test(word) || !/[0-9]/.test(word)) return false;
  const parts = word.split(/[^A-Za-z0-9]+/);
  if (!parts.some((part) => part.length >= LONGEST_PART)) return false;
  const changes = parts.reduce(
    (sum, part) => sum + (part.match(/[a-z](?=[^a-z])|[A-Z](?=[^A-Z])|[0-9](?=[^0-9])/g)?.length ?? 0),
    0,
  );
  return changes / parts.join("").length > 0.35;
}
