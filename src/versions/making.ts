/** What versions are made with, for those who bring versions from elsewhere: numbers, trees, scores, and the record. */
export { commitMessage } from "./making/message.ts";
export { METRICS, PARAMS } from "./making/named-sources.ts";
export { numbersGiven, numbersHere } from "./making/numbers.ts";
export { outputsBetween, treeWithBytes } from "./making/outputs.ts";
export { type ReadBytes, readMetrics, readParams } from "./making/read-values.ts";
export { newestWithin } from "./making/record.ts";
export { orAsBefore, withScratchIndex } from "./making/snapshot.ts";
