/** What the page keeps of its user's wishes in this browser, where that is allowed. */

/** Null for nothing, also where nothing may be kept. */
export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(`mvgit.${name}`);
  } catch {
    return null;
  }
}

/** `value`: null for nothing. Where nothing may be kept it counts until the page is left. */
export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`mvgit.${name}`);
    else localStorage.setItem(`mvgit.${name}`, value);
  } catch {
    // Private windows, and files that are opened without a server.
  }
}
