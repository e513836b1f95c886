/** A document, drawn once it is there; what is told until then, and where it cannot be had. */
import type { ComponentChildren } from "preact";
import type { Loaded } from "../data.ts";

export function Ready<T extends object>({
  of,
  children,
}: {
  of: Loaded<T>;
  children: (document: T) => ComponentChildren;
}) {
  if (of.state === "ready") return <>{children(of.document)}</>;
  if (of.state === "loading")
    return (
      <p class="loading" role="status">
        Reading…
      </p>
    );
  const { message, hint } = of.failure;
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      {hint !== null && <p class="hint">{hint}</p>}
    </div>
  );
}
