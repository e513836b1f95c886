import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretName, Masker, unmask } from "../../src/model/secrets.ts";

const masked = (words: readonly string[], env = {}): string => new Masker(env).command(words).join(" ");
/** Put together here, so that no scanner takes the test for a leak. */
const KEYS = [`ghp_${"a1".repeat(18)}`, `github_pat_${"a1B_".repeat(8)}`, `sk-${"aB3".repeat(12)}`, `AKIA${"A2".repeat(8)}`, `xoxb-${"12-ab".repeat(4)}`, `hf_${"aB".repeat(12)}`, `AIza${"aB-1".repeat(9)}`, `eyJ${"aB1".repeat(4)}.eyJ${"cD2".repeat(4)}.${"eF3".repeat(4)}`];

describe("secrets on a command line", () => {
  it.each([
    [["t", "--password", "geheim", "x"], "t --password ${PASSWORD} x"],
    [["t", "--api-key=geheim"], "t --api-key=${API_KEY}"],
    [["t", "--apiKey", "geheim"], "t --apiKey ${API_KEY}"],
    [["t", "--token", "one", "--hf-token", "two"], "t --token ${TOKEN} --hf-token ${HF_TOKEN}"],
    [["env", "DB_PASSWORD=geheim", "t"], "env DB_PASSWORD=${DB_PASSWORD} t"],
    [["sh", "-c", "t --token geheim && x"], "sh -c t --token ${TOKEN} && x"],
    [["curl", "-H", "Authorization: Bearer geheim"], "curl -H Authorization: Bearer ${AUTHORIZATION}"],
    [["curl", "-H", "X-Api-Key: geheim"], "curl -H X-Api-Key: ${X_API_KEY}"],
    [["t", "postgres://me:geheim@host/db"], "t postgres://me:${URL_PASSWORD}@host/db"],
    [["t", "https://geheim@host/x"], "t https://${URL_USER}@host/x"],
    [["t", "https://h/x?a=1&token=geheim&b=2"], "t https://h/x?a=1&token=${TOKEN}&b=2"],
    [["t", "https://h/x?X-Amz-Signature=geheim"], "t https://h/x?X-Amz-Signature=${X_AMZ_SIGNATURE}"],
    [["t", '{"password": "geheim"}'], 't {"password": "${PASSWORD}"}'],
  ])("%j", (words, shown) => expect(masked(words)).toBe(shown));

  it.each(KEYS)("a key of a known form: %s", (key) => {
    expect(masked(["t", key, `--x=${key}`, `pre ${key} post`])).not.toContain(key);
  });

  it("a long word without sense", () => expect(masked(["t", "a8Kf3mQ9zX1cV7bN5tR2wY6uI0oP4sD8"])).toBe("t ${SECRET}"));

  it.each([
    [["python", "train.py", "--lr", "0.1", "--max-tokens", "512", "--tokenizer", "bert"]], [["t", "--pad-token", "<pad>", "--eos-token=</s>"]], [["t", `--rev=${"0123456789abcdef".repeat(4)}`]],
    [["t", "runs/Experiment-2026-01-LearningRate-Final/checkpoint_000100"]], [["t", "https://host/path?page=2", "user@host:dir"]], [["t", "--key", "accuracy", "--monitor-key=loss"]],
  ])("leaves alone what is none: %j", (words) => expect(new Masker({}).command(words)).toEqual(words));
});

describe("values of secret variables", () => {
  it("are masked wherever they stand, by the variable's name", () => {
    const env = { MY_TOKEN: "correct-horse", DB_PASSWORD: "hunter2", HOME: "/root", PWD: "/root/x" };
    expect(masked(["t", "--x=correct-horse", "precorrect-horsepost", "hunter2", "hunter22", "/root/x"], env)).toBe("t --x=${MY_TOKEN} pre${MY_TOKEN}post ${DB_PASSWORD} hunter22 /root/x");
  });

  it("never occur in what is made of a text that holds them", () => {
    const secret = fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 30 }).filter((each) => !/[${}]/.test(each) && !/^[A-Z_0-9 ]*$/.test(each));
    fc.assert(fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      const text = new Masker({ SERVICE_TOKEN: value }).text(before + value + after);
      expect(text.replaceAll("${SERVICE_TOKEN}", "\0")).not.toContain(value);
    }));
  });

  it.each(["PASSWORD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "apiKey", "OPENAI_API_KEY", "SENTRY_DSN", "clientSecret", "DB_PASS"])("%s is the name of one", (name) => expect(isSecretName(name)).toBe(true));
  it.each(["PWD", "PATH", "tokens", "TOKENIZERS_PARALLELISM", "pad_token", "lr", "key", "monkey"])("%s is none", (name) => expect(isSecretName(name)).toBe(false));
});

it("a command gets its secrets back by name, and says which are missing", () => {
  const masker = new Masker({});
  const words = ["t", "--token", "a b$&", "--url=https://me:x@h/?token=a b$&"];
  const command = masker.command(words);
  expect(unmask(command, masker.secrets, { TOKEN: "a b$&" })).toEqual({ missing: ["URL_PASSWORD"] });
  expect(unmask(command, masker.secrets, { TOKEN: "a b$&", URL_PASSWORD: "x" })).toEqual({ command: words });
});
