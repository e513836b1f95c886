/** The rooms of src/ in their order, once: the lint and the picture in docs/architecture.md are held against this list. */

/**
 * Layers, the lowest first. A room imports only from layers below its own; rooms of one layer know nothing of each
 * other. `door`: what others may import of it, as patterns of paths inside the room; without one, all of it.
 */
export const LAYERS = [
  { why: "what needs more than the machine belongs above it", rooms: { base: {} } },
  { why: "values are pure: what touches Git, disk or net is an adapter", rooms: { values: {} } },
  { why: "an adapter knows one outside thing", rooms: { hashing: {}, git: {}, program: {} } },
  { why: "other forms of bytes are pure: where they lie a store knows", rooms: { encoding: {} } },
  { why: "a store knows bytes and hashes, not the user's files", rooms: { store: {} } },
  { why: "the work tree knows files and the cache, not the repository", rooms: { worktree: {} } },
  {
    why: "a service combines adapters: what knows the repository belongs to repo or a family",
    rooms: { transfer: {}, registry: {}, mlflow: {} },
  },
  { why: "repo opens and composes: a use case belongs to a family", rooms: { repo: {} } },
  { why: "files know nothing of versions", rooms: { files: { door: ["*.ts"] } } },
  { why: "versions know nothing of other programs and of house-keeping", rooms: { versions: { door: ["*.ts"] } } },
  {
    why: "an operation answers with a report: what speaks to people is a face",
    rooms: { bridges: { door: ["*.ts", "*/import.ts", "*/convert.ts"] }, care: { door: ["*.ts"] } },
  },
  { why: "what serves the page is opened by a face", rooms: { ui: { door: ["*.ts"] } } },
  { why: "the page runs in a browser: at run time it knows values alone", rooms: { page: {} } },
  { why: "faces stand side by side: a hook starts without the command line", rooms: { worker: {}, hook: {}, cli: {} } },
  { why: "the library is no face of the command line", rooms: { "index.ts": {} } },
];
