/** The page's server in this process, and requests as a browser, or somebody who is none, sends them. */
import * as http from "node:http";
import { join } from "node:path";
import { Repo } from "../../src/repo/repo.ts";
import { openUi, type UiWish } from "../../src/ui/open-ui.ts";
import { push } from "../../src/files/push.ts";
import { save } from "../../src/versions/save.ts";
import { hermeticEnv } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  bytes: Buffer;
}

export interface Asked extends http.RequestOptions {
  body?: string;
}

export interface Opened {
  url: URL;
  told: string[];
  once(fragment: string): string;
  /** `path` counts from the secret; one that begins with `//` from the server, without the first of the two. */
  ask(path: string, options?: Asked): Promise<Answer>;
  /** A document that is there. */
  read<T = Record<string, unknown>>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** A version of `spam` for each accuracy, at host and remote; what goes to production needs 0.92. */
export async function ruledBox(accuracies: readonly number[]): Promise<Sandbox> {
  const box = await makeSandbox({ inMemory: true });
  const nothing = { data: [], params: [], message: "" };
  for (const accuracy of accuracies) {
    box.write("work/w.bin", `weights ${accuracy}`);
    box.write("work/metrics.json", JSON.stringify({ accuracy }));
    await box.git("work", ["add", "metrics.json"]);
    await save(await box.open(), { model: "spam", ...nothing, weights: ["w.bin"], metrics: ["metrics.json"] });
  }
  await push(await box.open(), { paths: [] });
  await box.git("work", ["push", "-q", "origin", "HEAD:main", "--tags"]);
  await box.git("work", ["config", "mvgit.stage.production.metric", "accuracy>=0.92"]);
  return box;
}

export async function openHere(box: Sandbox, wish: Partial<UiWish> = {}, folder = "work"): Promise<Opened> {
  const watch = testWatch();
  const cwd = join(box.dir, folder);
  const env = { ...hermeticEnv(box.dir), ...box.env };
  const repo = (): Promise<Repo> => Repo.open({ cwd, env, watch });
  const ui = await openUi({ cwd, env, watch, repo }, { port: 0, moves: false, isFar: false, ...wish });
  const url = new URL(ui.url);
  const ask: Opened["ask"] = (path, options) =>
    request(url, path.startsWith("//") ? path.slice(1) : url.pathname + path, options);
  return {
    url,
    told: watch.told,
    once: ui.once,
    ask,
    async read<T>(path: string) {
      const { status, body } = await ask(path);
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      return JSON.parse(body) as T;
    },
    close: async () => {
      await ui.close();
      await ui.ready.catch(() => undefined);
    },
  };
}

/** With exactly this target, which fetch would have tidied. */
export function request({ hostname, port }: URL, path: string, { body, ...options }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = http.request({ hostname, port, path, agent: false, ...options }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes.toString(), bytes });
      });
    });
    asked.on("error", reject).end(body ?? "");
  });
}

/** A stream of events; what came so far is in `text`. */
export function listen({ hostname, port, pathname }: URL): {
  text(): string;
  until(words: string): Promise<void>;
  stop(): void;
} {
  let text = "";
  const asked = http.get({ hostname, port, path: `${pathname}events`, agent: false }, (answer) =>
    answer.on("data", (chunk: Buffer) => (text += chunk.toString())),
  );
  asked.on("error", () => undefined);
  return {
    text: () => text,
    async until(words) {
      while (!text.includes(words)) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    stop: () => void asked.destroy(),
  };
}
