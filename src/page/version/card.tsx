/** The card of the model, as the version's commit has it. */
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { fileAddress } from "../files.ts";
import { Ready } from "../parts/loading.tsx";
import { FileView } from "./file-view.tsx";
import type { VersionOf } from "./version-of.ts";

export function CardPart({ label }: VersionOf) {
  const found = useDocument(documents.artifacts(label));
  return (
    <Ready of={found}>
      {({ card, artifacts }) => {
        const artifact = artifacts.find(({ path }) => path === card);
        if (artifact === undefined)
          return (
            <p class="faint">
              The repository has none: <code>MODEL_CARD.md</code> or <code>README.md</code> beside the model, or at the
              top.
            </p>
          );
        const known = new Set(artifacts.map(({ path }) => path));
        return (
          <>
            <p class="faint">{artifact.path}</p>
            <FileView
              label={label}
              artifact={artifact}
              addressOf={(path) => (known.has(path) ? fileAddress(label, path) : null)}
            />
          </>
        );
      }}
    </Ready>
  );
}
