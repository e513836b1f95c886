/** Numbers as people read them. */
export { formatCount, formatDuration, formatSize, plural } from "../../base/counts.ts";
