/** A part of the page of a version: it has an address of its own, and may wait until it is looked at. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatRoute } from "../route.ts";

export interface PartOf {
  /** Stands in the address. */
  id: string;
  title: string;
  /** Drawn when it comes near the window, is meant by the address, or is printed. */
  late?: boolean;
}

const addressOf = (label: string, id: string): string => formatRoute({ kind: "version", label, state: { part: id } });

export function PartsNav({ label, parts }: { label: string; parts: readonly PartOf[] }) {
  return (
    <nav class="parts" aria-label="Parts of this version">
      {parts.map(({ id, title }) => (
        <a key={id} href={addressOf(label, id)} onClick={() => scrollTo(id)}>
          {title}
        </a>
      ))}
    </nav>
  );
}

/** Also where the address is that already, so that nothing changes. */
function scrollTo(id: string): void {
  document.getElementById(`part-${id}`)?.scrollIntoView();
}

interface PartProps extends PartOf {
  label: string;
  /** Whether the address names it: it is scrolled to. */
  isMeant: boolean;
  children: () => ComponentChildren;
}

export function Part({ id, title, late = false, label, isMeant, children }: PartProps) {
  const section = useRef<HTMLElement>(null);
  const [isNear, setNear] = useState(!late);
  useEffect(() => {
    if (!isMeant) return;
    setNear(true);
    section.current?.scrollIntoView();
    section.current?.focus({ preventScroll: true });
  }, [isMeant]);
  useEffect(() => {
    if (isNear || section.current === null) return undefined;
    const come = (): void => setNear(true);
    const watcher = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && come(), {
      rootMargin: "400px",
    });
    watcher.observe(section.current);
    window.addEventListener("beforeprint", come);
    return () => {
      watcher.disconnect();
      window.removeEventListener("beforeprint", come);
    };
  }, [isNear]);
  return (
    <section id={`part-${id}`} ref={section} tabIndex={-1} aria-labelledby={`title-${id}`} class={`part part-${id}`}>
      <h2 id={`title-${id}`}>
        <a href={addressOf(label, id)}>{title}</a>
      </h2>
      {isNear ? children() : <p class="faint">Read when it is looked at.</p>}
    </section>
  );
}
