/** `mvgit trust`: consent to committed settings that name places of the user's machine or network. */
import type { Setting } from "../model/settings.ts";
import { criticalSettings, TRUST_KEY, trustMark } from "../repo/settings.ts";
import type { Repo } from "../repo/repo.ts";

export interface TrustReport {
  /** The committed settings that need consent. */
  settings: Setting[];
  trusted: boolean;
}

/** `accept` records consent to exactly what is committed now, `revoke` takes it back, `list` only looks. */
export async function trust(repo: Repo, what: "accept" | "revoke" | "list"): Promise<TrustReport> {
  const settings = await criticalSettings(repo.git);
  if (what === "revoke") await repo.git.unsetConfig(TRUST_KEY);
  if (what === "accept" && settings.length > 0) await repo.git.setConfig(TRUST_KEY, trustMark(settings));
  const trusted = what === "accept" || (what === "list" && repo.settings.untrusted.length === 0);
  return { settings, trusted: settings.length > 0 && trusted };
}
