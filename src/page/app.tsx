/** The frame around every page: where one is, where one can go, and the page that belongs to the address. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { display } from "../base/display.ts";
import { useRoute } from "./address.ts";
import { config } from "./config.ts";
import { Crumbs, ModelPages } from "./frame/crumbs.tsx";
import { Connection, Foot } from "./frame/notices.tsx";
import { SchemeButton } from "./frame/scheme.tsx";
import { Shortcuts } from "./frame/shortcuts.tsx";
import { Announcer } from "./parts/announce.tsx";
import { PAGES } from "./pages.tsx";
import { formatRoute, type Route } from "./route.ts";

export function App() {
  const route = useRoute();
  const { title, draw } = PAGES[route.kind];
  const heading = display(title(route as never)).slice(0, 200);
  const main = useRef<HTMLElement>(null);
  const where = whereIn(route);
  useEffect(() => {
    document.title = `${heading} · ${config.title}`;
  }, [heading]);
  // Whoever does not see that the page changed is brought to its beginning.
  const seen = useRef(where);
  useEffect(() => {
    if (seen.current !== where) main.current?.focus();
    seen.current = where;
  }, [where]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        To the content
      </a>
      <Head route={route} />
      <Connection />
      <main id="main" ref={main} tabIndex={-1} key={where}>
        <Crumbs route={route} />
        <h1>{heading}</h1>
        <ModelPages route={route} />
        {draw(route as never)}
      </main>
      <Foot />
      <Announcer />
    </>
  );
}

function Head({ route: { kind } }: { route: Route }) {
  return (
    <header class="frame-head">
      <a class="brand" href={formatRoute({ kind: "models" })}>
        {display(config.title)}
      </a>
      <nav aria-label="Pages">
        <Place to={formatRoute({ kind: "models" })} isHere={kind === "models"}>
          Models
        </Place>
        <Place to={formatRoute({ kind: "explain" })} isHere={kind === "explain"}>
          Explain
        </Place>
        {config.mode === "live" && (
          <Place to={formatRoute({ kind: "runs" })} isHere={kind === "runs" || kind === "run"}>
            Runs
          </Place>
        )}
      </nav>
      <span class="room" />
      {config.mode !== "live" && <span class="chip">static</span>}
      <SchemeButton />
      <Shortcuts />
    </header>
  );
}

/** The route without its state: another page is shown when it changes. */
function whereIn({ state: _state, ...route }: Route): string {
  return formatRoute(route as never);
}

function Place({ to, isHere, children }: { to: string; isHere: boolean; children: ComponentChildren }) {
  return (
    <a href={to} {...(isHere && { "aria-current": "page" as const })}>
      {children}
    </a>
  );
}
