/**
 * `mvgit trust`: consent to committed settings that name places of the user's machine or network, and to places that
 * this clone does not know.
 */
import { showAddress } from "../base/address.ts";
import type { Setting } from "../values/settings.ts";
import { isAllowedInRepository } from "../repo/allowed-settings.ts";
import { Accepted, destinationsOf } from "../repo/destinations.ts";
import type { Repo } from "../repo/repo.ts";
import { committedSettings, TRUST_KEY, trustMark } from "../repo/settings.ts";

export interface TrustReport {
  /** The committed settings that need consent, or needed it. */
  settings: Setting[];
  trusted: boolean;
}

/** `accept` records consent to exactly what is committed now, `revoke` takes it back, `list` only looks. */
export async function trust(repo: Repo, what: "accept" | "revoke" | "list"): Promise<TrustReport> {
  const committed = await committedSettings(repo.git);
  const destinations = destinationsOf(committed);
  const critical = committed.filter((entry) => !isAllowedInRepository(entry));
  const addresses = what === "revoke" ? destinations.flatMap(({ entries }) => entries) : [];
  const strange = (entry: Setting): Setting | undefined =>
    repo.settings.untrusted.find(({ key, value }) => key === entry.key && value === entry.value);
  const settings = committed
    .filter((entry) => critical.includes(entry) || addresses.includes(entry) || strange(entry) !== undefined)
    .map((entry) => strange(entry) ?? entry);
  if (what === "revoke") {
    await repo.git.unsetConfig(TRUST_KEY);
    if (destinations.length > 0) new Accepted(repo.git).drop(destinations);
  }
  if (what === "accept") {
    if (critical.length > 0) await repo.git.setConfig(TRUST_KEY, trustMark(critical));
    if (destinations.length > 0) new Accepted(repo.git).add(destinations);
  }
  const trusted = what === "accept" || (what === "list" && repo.settings.untrusted.length === 0);
  const shown = settings.map((entry) => ({ ...entry, value: showAddress(entry.value) }));
  return { settings: shown, trusted: settings.length > 0 && trusted };
}
