/** The address of the page, as a hook: who reads it is drawn anew when it changes. */
import { useLayoutEffect, useState } from "preact/hooks";
import { config } from "./config.ts";
import { parseRoute, type Route } from "./route.ts";

function current(): Route {
  const fragment = window.location.hash;
  return parseRoute(fragment === "" ? (config.route ?? "") : fragment);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(current);
  useLayoutEffect(() => {
    const follow = (): void => setRoute(current());
    window.addEventListener("hashchange", follow);
    window.addEventListener("popstate", follow);
    return () => {
      window.removeEventListener("hashchange", follow);
      window.removeEventListener("popstate", follow);
    };
  }, []);
  return route;
}

/**
 * Goes to a fragment (of `formatRoute`). `replace`: without a step in the history, for what changes while one types or
 * drags.
 *
 * @public
 */
export function goTo(fragment: string, { replace = false }: { replace?: boolean } = {}): void {
  if (!replace) {
    window.location.hash = fragment;
    return;
  }
  window.history.replaceState(null, "", fragment);
  window.dispatchEvent(new PopStateEvent("popstate"));
}
