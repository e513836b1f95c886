/** What may be wider than the page: it moves inside of a region that the keyboard reaches. */
import type { ComponentChildren } from "preact";

/** @public */
export function TableRegion({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="table-region" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
