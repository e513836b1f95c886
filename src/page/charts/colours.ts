/** The colours of charts, as the style sheet has them now: a canvas knows no variables. */

/** How many colours lines have; further ones begin again, dashed. `charts.css` has as many. */
export const COLOURS = 8;

export interface Palette {
  text: string;
  faint: string;
  line: string;
  accent: string;
  ground: string;
  series: readonly string[];
}

/** As they are at `element`. */
export function paletteAt(element: Element): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const read = (name: string): string => {
    probe.className = `chart-colour-${name}`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    text: read("text"),
    faint: read("faint"),
    line: read("line"),
    accent: read("accent"),
    ground: read("ground"),
    series: Array.from({ length: COLOURS }, (_, at) => read(String(at))),
  };
  probe.remove();
  return palette;
}

/** Calls `listener` when colours may be others: dark, light, print, the page's own choice. Answers how to end it. */
export function onColours(listener: () => void): () => void {
  const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"].map((query) => matchMedia(query));
  for (const each of media) each.addEventListener("change", listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-scheme", "style"] });
  return () => {
    for (const each of media) each.removeEventListener("change", listener);
    observer.disconnect();
  };
}
