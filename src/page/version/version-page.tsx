/** One version, whole: what it is at once, and each part of it when it is looked at. */
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import type { Route } from "../route.ts";
import { ArtifactsPart } from "./artifacts.tsx";
import { CardPart } from "./card.tsx";
import { CodePart } from "./code.tsx";
import { CommandsPart } from "./commands.tsx";
import { CurvesPart } from "./curves.tsx";
import { EnvironmentPart } from "./environment.tsx";
import { FilesPart } from "./files.tsx";
import { Head } from "./head.tsx";
import { LineagePart } from "./lineage.tsx";
import { Part, type PartOf, PartsNav } from "./part.tsx";
import { RecordedPart } from "./recorded.tsx";
import { ScoresPart } from "./scores.tsx";
import { SettingsPart } from "./settings.tsx";
import { StagesPart } from "./stages.tsx";
import type { VersionOf } from "./version-of.ts";

/** In the order in which people ask for them. `late`: read when it comes into sight. */
const PARTS: readonly (PartOf & { draw: (of: VersionOf) => preact.ComponentChildren })[] = [
  { id: "scores", title: "Scores", draw: (of) => <ScoresPart {...of} /> },
  { id: "curves", title: "Curves", late: true, draw: (of) => <CurvesPart {...of} /> },
  { id: "settings", title: "Settings", draw: (of) => <SettingsPart {...of} /> },
  { id: "files", title: "Weights and data", draw: (of) => <FilesPart {...of} /> },
  { id: "artifacts", title: "Files to look at", late: true, draw: (of) => <ArtifactsPart {...of} /> },
  { id: "code", title: "Code", late: true, draw: (of) => <CodePart {...of} /> },
  { id: "environment", title: "Environment", draw: (of) => <EnvironmentPart {...of} /> },
  { id: "stages", title: "Stages", draw: (of) => <StagesPart {...of} /> },
  { id: "lineage", title: "Lineage", late: true, draw: (of) => <LineagePart {...of} /> },
  { id: "commands", title: "Commands and receipt", draw: (of) => <CommandsPart {...of} /> },
  { id: "card", title: "Card", late: true, draw: (of) => <CardPart {...of} /> },
];

export function VersionPage({ label, state }: Extract<Route, { kind: "version" }>) {
  const shown = useDocument(documents.show(label));
  return (
    <Ready of={shown}>
      {(version) => (
        <div class="version">
          <Head label={label} version={version} />
          <PartsNav label={label} parts={PARTS} />
          {PARTS.map(({ draw, ...part }) => (
            <Part key={part.id} {...part} label={label} isMeant={state.get("part") === part.id}>
              {() => draw({ label, version })}
            </Part>
          ))}
          <RecordedPart label={label} version={version} />
        </div>
      )}
    </Ready>
  );
}
