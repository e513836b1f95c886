/**
 * `mvgit trust`: consent to committed settings that name places of the user's machine or network, and to places that
 * this clone does not know.
 */
import { showAddress } from "../base/address.ts";
import type { PassedOver, Setting } from "../values/settings.ts";
import { Accepted, destinationsOf } from "../repo/destinations.ts";
import type { Repo } from "../repo/repo.ts";
import { committedSettings, criticalOf, TRUST_KEY, trustMark } from "../repo/settings.ts";

export interface TrustReport {
  /** The committed settings that need consent, or needed it. */
  settings: Setting[];
  /** Those that count for nothing, whatever their user says. */
  passedOver: PassedOver[];
  trusted: boolean;
}

/** `accept` records consent to exactly what is committed now, `revoke` takes it back, `list` only looks. */
export async function trust(repo: Repo, what: "accept" | "revoke" | "list"): Promise<TrustReport> {
  const { untrusted, passedOver } = repo.settings;
  const isOut = ({ key, value }: Setting): boolean =>
    passedOver.some((each) => each.key === key && each.value === value);
  const committed = (await committedSettings(repo.git)).filter((entry) => !isOut(entry));
  const destinations = destinationsOf(committed);
  const critical = criticalOf(committed);
  const places = destinations.filter(({ isPlain }) => what === "revoke" || !isPlain).flatMap(({ entries }) => entries);
  const strange = (entry: Setting): Setting | undefined =>
    untrusted.find(({ key, value }) => key === entry.key && value === entry.value);
  const settings = committed
    .filter((entry) => critical.includes(entry) || places.includes(entry) || strange(entry) !== undefined)
    .map((entry) => strange(entry) ?? entry);
  if (what === "revoke") {
    await repo.git.unsetConfig(TRUST_KEY);
    // Of remotes that the user names now as well: they may not be named for ever.
    const all = destinationsOf(await committedSettings(repo.git));
    if (all.length > 0) new Accepted(repo.git).drop(all);
  }
  if (what === "accept") {
    if (critical.length > 0) await repo.git.setConfig(TRUST_KEY, trustMark(critical));
    if (destinations.length > 0) new Accepted(repo.git).add(destinations);
  }
  const trusted = what === "accept" || (what === "list" && untrusted.length === 0);
  const shown = <T extends { value: string }>(entry: T): T => ({ ...entry, value: showAddress(entry.value) });
  return { settings: settings.map(shown), passedOver: passedOver.map(shown), trusted: settings.length > 0 && trusted };
}
