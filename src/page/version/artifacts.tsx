/** What a run wrote and can be looked at: pictures first, then tables and texts, each opened when it is asked for. */
import { useState } from "preact/hooks";
import { formatSize } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { ArtifactsReport } from "../../registry/artifacts.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { fileAddress, usePicture } from "../files.ts";
import { Filtered } from "../parts/filtered.tsx";
import { Ready } from "../parts/loading.tsx";
import { type Artifact, FileView } from "./file-view.tsx";
import type { VersionOf } from "./version-of.ts";

/** Bytes of a picture that is shown without being asked for, and how many of them. */
const SMALL = 2 * 1024 * 1024;
const MOST_PICTURES = 24;

const WHAT: Readonly<Record<Artifact["what"], string>> = {
  card: "card",
  picture: "of a card",
  metrics: "scores",
  output: "written by the run",
  weights: "with the weights",
};

export function ArtifactsPart({ label }: VersionOf) {
  const found = useDocument(documents.artifacts(label));
  return <Ready of={found}>{(report) => <Artifacts label={label} report={report} />}</Ready>;
}

function Artifacts({ label, report: { artifacts, notes } }: { label: string; report: ArtifactsReport }) {
  const all = artifacts.filter(({ what }) => what !== "card" && what !== "picture");
  const pictures = all.filter(({ kind, size }) => (kind === "image" || kind === "svg") && size <= SMALL);
  const shown = pictures.slice(0, MOST_PICTURES);
  const others = all.filter((each) => !shown.includes(each));
  return (
    <>
      {all.length === 0 && <p class="faint">It has none that can be looked at.</p>}
      <div class="pictures">
        {shown.map((artifact) => (
          <Picture key={artifact.path} label={label} artifact={artifact} />
        ))}
      </div>
      {others.length > 0 && (
        <Filtered of={others} what="files" textOf={({ path }) => path}>
          {(files) => (
            <ul class="artifacts">
              {files.map((artifact) => (
                <li key={artifact.path}>
                  <Opened label={label} artifact={artifact} all={artifacts} />
                </li>
              ))}
            </ul>
          )}
        </Filtered>
      )}
      {notes.map((note) => (
        <p class="faint">{display(note)}</p>
      ))}
    </>
  );
}

function Picture({ label, artifact: { path, size } }: { label: string; artifact: Artifact }) {
  const address = usePicture(label, path);
  return (
    <figure>
      {address === null ? (
        <p class="faint">This page does not hold it.</p>
      ) : (
        <a href={address} aria-label={`${path}, in its full size`}>
          <img src={address} alt={path} loading="lazy" />
        </a>
      )}
      <figcaption>
        {display(path)} <span class="faint">{formatSize(size)}</span>
      </figcaption>
    </figure>
  );
}

interface OpenedProps {
  label: string;
  artifact: Artifact;
  all: readonly Artifact[];
}

function Opened({ label, artifact, all }: OpenedProps) {
  const [isOpen, setOpen] = useState(false);
  const { path, size, kind, what } = artifact;
  const title = (
    <>
      {display(path)}{" "}
      <span class="faint">
        {formatSize(size)}, {WHAT[what]}
      </span>
    </>
  );
  const address = fileAddress(label, path);
  if (kind === "binary")
    return (
      <>
        {title} {address !== null && <a href={address}>download</a>}
      </>
    );
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && (
        <FileView
          label={label}
          artifact={artifact}
          addressOf={(of) => (all.some((each) => each.path === of) ? fileAddress(label, of) : null)}
        />
      )}
    </details>
  );
}
