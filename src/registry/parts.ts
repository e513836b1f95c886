/** What is told of one version: loaded together, when the first of it is asked for. */
export { artifactsOf, openArtifact } from "./artifacts.ts";
export { bomOf } from "./bom.ts";
export { noStore } from "./content.ts";
export { cardSourceOf } from "./card-source.ts";
export { curvesOf } from "./curves.ts";
export { lineageOf } from "./lineage/lineage.ts";
export { show } from "./show.ts";
export { stateOf, storedFiles, wholeOf } from "./whole.ts";
