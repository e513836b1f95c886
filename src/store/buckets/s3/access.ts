/** What `doctor --remote` finds out at S3, which tells no permissions: by asking for what changes nothing. */
import { uniqueName } from "../../../base/clock.ts";
import { isMvgitError } from "../../../base/errors.ts";
import type { AccessReport } from "../../bucket.ts";
import { inspectAccess, type Permission } from "../../cloud/access.ts";
import { textOf } from "../../cloud/xml.ts";
import { type Call, resultIn } from "./api.ts";
import { look, type Opened, removeVersion } from "./objects.ts";
import { isOfCredentials } from "./said.ts";

const NEEDED: readonly Permission[] = [
  { permission: "s3:ListBucket", use: "list objects (push, pull, fsck)" },
  { permission: "s3:GetObject", use: "read objects (pull)" },
  { permission: "s3:PutObject", use: "make objects (push)" },
  { permission: "s3:ListMultipartUploadParts", use: "go on with uploads that were cut (push)" },
  { permission: "s3:AbortMultipartUpload", use: "give up uploads (push)" },
  { permission: "s3:DeleteObject", use: "delete objects (gc, push --repair)" },
];

interface Place {
  bucket: string;
  /** In front of every name. */
  root: string;
}

export async function inspectS3(opened: Opened, { bucket, root }: Place): Promise<AccessReport> {
  // A name that nobody else uses, and that is no name of mvgit's layout.
  const asking = new Asking(opened, `${root}mvgit-probe-${uniqueName()}`);
  const report = await inspectAccess({
    bucket,
    needed: NEEDED,
    untold: asking.untold,
    identity: () => opened.api.signIn.identity(),
    granted: () => asking.permissions(root),
  });
  if (asking.mayProbe) report.checks.push(...(await asking.preconditions()));
  return report;
}

type Question = Omit<Call, "action">;

/** Questions about one name that nothing has. */
class Asking {
  readonly #opened: Opened;
  readonly #name: string;
  readonly #granted = new Set<string>();
  /** Of which nothing can be known before another one is there. */
  readonly untold = new Set<string>();

  constructor(opened: Opened, name: string) {
    this.#opened = opened;
    this.#name = name;
  }

  /** Whether an object can be made, looked at and removed. */
  get mayProbe(): boolean {
    return ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].every((permission) => this.#granted.has(permission));
  }

  /** Nothing becomes visible by any of these questions. */
  async permissions(root: string): Promise<ReadonlySet<string>> {
    const name = this.#name;
    const list = { "list-type": "2", "max-keys": "1", prefix: root };
    await this.#may("s3:ListBucket", { method: "GET", name: null, query: list, accept: [200] });
    // Who may not list is refused what is absent, whatever he may read.
    if (this.#granted.has("s3:ListBucket"))
      await this.#may("s3:GetObject", { method: "HEAD", name, accept: [200, 404] });
    else this.untold.add("s3:GetObject");
    const headers = { "if-match": '"mvgit"' };
    await this.#may("s3:DeleteObject", { method: "DELETE", name, headers, accept: [200, 204, 404, 412, 501] });
    const begun = await this.#may("s3:PutObject", { method: "POST", name, query: { uploads: "" }, accept: [200] });
    const uploadId = textOf(resultIn(begun, "InitiateMultipartUpload"), "UploadId");
    const after = { "s3:ListMultipartUploadParts": "GET", "s3:AbortMultipartUpload": "DELETE" } as const;
    for (const [permission, method] of Object.entries(after)) {
      if (uploadId === undefined) this.untold.add(permission);
      else await this.#may(permission, { method, name, query: { uploadId }, accept: [200, 204, 404] });
    }
    return this.#granted;
  }

  /** What was answered to whoever may. */
  async #may(permission: string, question: Question): Promise<string> {
    const { api } = this.#opened;
    const action = "ask for permissions";
    const reply = await api.call({ ...question, accept: [...question.accept, 403], action });
    if (reply.status === 403 && isOfCredentials(reply.code)) throw api.failure(reply, action);
    if (reply.status !== 403) this.#granted.add(permission);
    return reply.text;
  }

  /** Writes an object, and once more in two ways that are to be refused, and removes it. */
  async preconditions(): Promise<AccessReport["checks"]> {
    const what = [
      "writes never replace what is there (If-None-Match)",
      "objects change one writer at a time (If-Match)",
    ];
    try {
      const kept = await this.#refusals();
      await this.#opened.dialect.found(kept[0] === true ? "kept" : "absent");
      return what.map((each, at) =>
        kept[at] === true ? { what: each, ok: true } : { what: each, ok: false, advice: NOT_KEPT },
      );
    } catch (error) {
      if (!isMvgitError(error) || error.code === "interrupted") throw error;
      return [{ what: what.join(", "), ok: false, advice: error.message }];
    }
  }

  /** Whether each way was refused. */
  async #refusals(): Promise<boolean[]> {
    const { api } = this.#opened;
    const call = { method: "PUT", name: this.#name, action: "write twice" } as const;
    const ways = [{ "if-none-match": "*" }, { "if-match": '"mvgit"' }] as const;
    const first = await api.call({ ...call, headers: ways[0], accept: [200, 412, 501] });
    const refused: boolean[] = [];
    for (const headers of ways) {
      const { status } =
        first.status === 200 ? await api.call({ ...call, headers, accept: [200, 409, 412, 501] }) : first;
      refused.push(status === 412 || status === 409);
    }
    const found = await look(this.#opened, this.#name);
    if (found !== null) await removeVersion(this.#opened, this.#name, found.stat.version);
    return refused;
  }
}

const NOT_KEPT =
  "this endpoint may replace it: mvgit looks before it writes, and reads back after; a newer version may know better";
