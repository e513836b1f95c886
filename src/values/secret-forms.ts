/** Forms that providers give their keys: each matches a whole key wherever it stands. */
export const KNOWN_FORMS: readonly RegExp[] = [
  // Code hosts and package registries.
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bgl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bpypi-[A-Za-z0-9_-]{30,}/g,
  /\bdckr_pat_[A-Za-z0-9_-]{16,}/g,
  // Models and their tools.
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bhf_[A-Za-z0-9]{16,}/g,
  /\bgsk_[A-Za-z0-9]{16,}/g,
  /\br8_[A-Za-z0-9]{16,}/g,
  /\bnvapi-[A-Za-z0-9_-]{16,}/g,
  /\bxai-[A-Za-z0-9]{16,}/g,
  /\bpcsk_[A-Za-z0-9_]{16,}/g,
  /\bwandb_v[0-9]+_[A-Za-z0-9_]{16,}/g,
  /\bdapi[0-9a-f]{32}\b/g,
  // Clouds and services.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bya29\.[A-Za-z0-9_-]{16,}/g,
  /\bGOCSPX-[A-Za-z0-9_-]{16,}/g,
  /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}/g,
  /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\bhvs\.[A-Za-z0-9_-]{16,}/g,
  /\bdop_v1_[0-9a-f]{32,}/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{16,}/g,
  /\b(?:bot)?[0-9]{8,10}:[A-Za-z0-9_-]{35}\b/g,
  /(?<=hooks\.slack\.com\/services\/)[A-Za-z0-9/]{16,}/g,
  // Signed and encoded.
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /\beyJ[A-Za-z0-9+/_-]{40,}={0,2}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
];
