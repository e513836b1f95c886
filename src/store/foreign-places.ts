/** Places as other programs write them, found in the table of drivers. */
import type { Driver, ForeignDriver, ForeignPlace } from "./driver.ts";
import { DRIVERS } from "./drivers.ts";

/** With which their addresses begin, of those that are read: the usual one of each driver. */
export const FOREIGN_SCHEMES: readonly string[] = DRIVERS.flatMap(({ foreign }) => foreign?.schemes.slice(0, 1) ?? []);

interface Found {
  foreign: ForeignDriver;
  driver: Driver;
}

function foundFor(url: string): Found | null {
  for (const driver of DRIVERS) {
    const { foreign, scheme } = driver;
    const schemes = [...(foreign?.schemes ?? []), ...(scheme === null ? [] : [scheme])];
    if (foreign && schemes.some((each) => url.startsWith(each))) return { foreign, driver };
  }
  return null;
}

/** The address of a remote; null where no driver has such places. Throws `usage` for one that says too little. */
export function foreignAddress(place: ForeignPlace): string | null {
  const found = foundFor(place.url);
  if (found === null) return null;
  const { foreign, driver } = found;
  const isForeign = foreign.schemes.some((each) => place.url.startsWith(each));
  return driver.recognise(isForeign ? foreign.address(place) : place.url);
}

/** The part of a remote's settings that one of their options is; null for none. */
export function foreignPart(url: string, option: string): string | null {
  const parts = foundFor(url)?.foreign.parts ?? {};
  return Object.hasOwn(parts, option) ? (parts[option] as string) : null;
}

/** Half a sentence: what signs in there. */
export function foreignSignIn(url: string): string | null {
  return foundFor(url)?.driver.signIn ?? null;
}
