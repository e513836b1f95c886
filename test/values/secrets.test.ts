import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretName } from "../../src/values/secret-names.ts";
import { Masker, unmask } from "../../src/values/secrets.ts";

const masked = (words: readonly string[], env = {}): string => new Masker(env).command(words).join(" ");
/** Put together here, so that no scanner takes the test for a leak. */
const KEYS = [
  `ghp_${"a1".repeat(18)}`,
  `github_pat_${"a1B_".repeat(8)}`,
  `sk-${"aB3".repeat(12)}`,
  `AKIA${"A2".repeat(8)}`,
  `xoxb-${"12-ab".repeat(4)}`,
  `hf_${"aB".repeat(12)}`,
  `AIza${"aB-1".repeat(9)}`,
  `eyJ${"aB1".repeat(4)}.eyJ${"cD2".repeat(4)}.${"eF3".repeat(4)}`,
];

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

  it("a secret of digits alone, as a number under any name, where it is known; no other number", () => {
    const masker = new Masker({ DB_PASSWORD: "48151623" });
    expect([masker.value("pin", 48151623), masker.value("pin", 48151624), masker.value("lr", 0.1)]).toEqual([
      "${DB_PASSWORD}",
      48151624,
      0.1,
    ]);
  });

  it.each(KEYS)("a key of a known form: %s", (key) => {
    expect(masked(["t", key, `--x=${key}`, `pre ${key} post`])).not.toContain(key);
  });

  it("a long word without sense", () => expect(masked(["t", "a8Kf3mQ9zX1cV7bN5tR2wY6uI0oP4sD8"])).toBe("t ${SECRET}"));

  it.each([
    [["python", "train.py", "--lr", "0.1", "--max-tokens", "512", "--tokenizer", "bert"]],
    [["t", "--pad-token", "<pad>", "--eos-token=</s>"]],
    [["t", `--rev=${"0123456789abcdef".repeat(4)}`]],
    [["t", "runs/Experiment-2026-01-LearningRate-Final/checkpoint_000100"]],
    [["t", "https://host/path?page=2", "user@host:dir"]],
    [["t", "--key", "accuracy", "--monitor-key=loss"]],
  ])("leaves alone what is none: %j", (words) => expect(new Masker({}).command(words)).toEqual(words));
});

/** A word and what must not be left of it. */
const LEAKS: readonly (readonly [words: readonly string[], secret: string])[] = [
  [["wandb", "login", "0123456789abcdef".repeat(2) + "01234567"], "0123456789abcdef"],
  [["t", "--wandb-key", "0a".repeat(20)], "0a0a"],
  [["sshpass", "-p", "geheim", "ssh", "h"], "geheim"],
  [["mysql", "-pgeheim", "-P", "3306"], "geheim"],
  [["curl", "-u", "me:geheim", "https://h/"], "geheim"],
  [["curl", "--user=me:geheim", "https://h/"], "geheim"],
  [["sh", "-c", "curl -s -u me:geheim https://h/"], "geheim"],
  [["redis-cli", "-a", "geheim"], "geheim"],
  [["t", "postgres://me:p@geheim@host/db"], "geheim"],
  [["t", "postgres://me:pa/geheim@host/db"], "geheim"],
  [["t", "mongodb+srv://me:geheim@a.b,c.d/x"], "geheim"],
  [["t", "a://u:one@h,b://u:geheim@i"], "geheim"],
  [["t", "https://geheim:x-oauth-basic@github.com/x"], "geheim"],
  [["t", "https://geheim:@api.example/"], "geheim"],
  [["t", "me:geheim@db.example.com"], "geheim"],
  [["t", "me:geheim@localhost:5432/db"], "geheim"],
  [["t", "Server=h;User=sa;Password=geheim;X=1"], "geheim"],
  [["t", "DefaultEndpointsProtocol=https;AccountKey=geheim==;E=x"], "geheim"],
  [["t", "aJ4lrXUtnF3/K7M2d+bPx9fiCY7xAM4Lq3YzT8wQ"], "K7M2d"],
  [["t", `--x=${"eyJhcGlfYWRkcmVzcyI6Imh0dHBzOi8v"}${"abc".repeat(10)}`], "YWRkcmVzcyI6"],
  [["t", '--creds={"private_key_id": "geheim", "type": "service_account"}'], "geheim"],
  [["t", "-----BEGIN PGP PRIVATE KEY BLOCK-----\ngeheim\n-----END PGP PRIVATE KEY BLOCK-----"], "geheim"],
  [["curl", "-H", "Cookie: a=eins; b=geheim"], "geheim"],
  [["t", `https://hooks.slack.com/services/${"T0/B0/aZ".repeat(3)}`], "T0/B0"],
  [["t", `https://api.telegram.org/bot123456789:${"aB-1_".repeat(7)}/send`], "aB-1"],
  [["t", "--password=ge,h;eim&x y"], "eim"],
  [["env", "PGPASSWORD=a,geheim", "t"], "geheim"],
  [["docker", "run", "-e", "WANDB_API_KEY=geheim", "i"], "geheim"],
  [["t", "+wandb.api_key=geheim"], "geheim"],
  [["sh", "-c", "export KAGGLE_KEY=geheim; t"], "geheim"],
  [["t", "--token", "1234"], "1234"],
];
/** What must stay readable. */
const PLAIN: readonly (readonly string[])[] = [
  ["google-auth==2.23.0", "pkg-token==1.0"],
  ["a basic transformer model, basic training", "the bearer of news"],
  ["t", "--use-auth-token", "true", "lr=0.1", "x=true"],
  ["t", "--token-weight", "0.5", "--attention-pass", "1"],
  [
    "t",
    "TheBloke_Mistral-7B-OpenOrca-AWQ-4bit-128g-actorder_True",
    "Qwen2-VL-7B-Instruct-GPTQ-Int4-w8a16-KV8",
    "ResNet50V2-W8A8-INT8-QAT-B32-E100-LR1e4",
    "meta-llama/Llama-3.1-8B-Instruct",
  ],
  [
    "t",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "123e4567-e89b-12d3-a456-426614174000",
    "sha256:" + "0123456789abcdef".repeat(4),
  ],
  ["docker", "run", "-p", "8080:80", `repo/image:tag@sha256:${"12".repeat(32)}`, "-u", "1000:1000"],
  ["papermill", "-p", "lr", "0.1"],
  ["t", "--private-key", "/home/me/.ssh/id_rsa", "--credentials=creds.json"],
  ["git", "clone", "ssh://git@github.com/a/b", "git@github.com:a/b.git", "git+ssh://git@host:22/x"],
  ["t", "https://host:8080/path@v2", "http://localhost:5000", "gs://bucket/data@2024"],
  ["sh", "-c", 't --token=$HF_TOKEN --password "$PW"'],
  ["t", "--bos-token=<s>", "--token", "[CLS]", "--placeholder-token", "cat-toy"],
  ["t", "/data/Train2024/ImageNet/Val/resnet50/run1"],
  ["t", "2026-01-02T03:04:05+01:00", "spam-detector@v5", "spam-detector#production"],
];

describe("what people put on command lines", () => {
  it.each(LEAKS)("%j leaves nothing of the secret", (words, secret) => expect(masked(words)).not.toContain(secret));
  it.each(PLAIN.map((words) => [words]))("%j is recorded as it is", (words) =>
    expect(new Masker({}).command(words)).toEqual(words),
  );

  it("a short word that was masked once is not masked everywhere", () => {
    expect(masked(["t", "--token", "abc", "abc.py", "--lr", "0.1"])).toBe("t --token ${TOKEN} abc.py --lr 0.1");
  });
});

describe("values of secret variables", () => {
  it("are masked wherever they stand, by the variable's name", () => {
    const env = { MY_TOKEN: "correct-horse", DB_PASSWORD: "hunter2", HOME: "/root", PWD: "/root/x" };
    expect(masked(["t", "--x=correct-horse", "precorrect-horsepost", "hunter2", "hunter22", "/root/x"], env)).toBe(
      "t --x=${MY_TOKEN} pre${MY_TOKEN}post ${DB_PASSWORD} hunter22 /root/x",
    );
  });

  it("never occur in what is made of a text that holds them", () => {
    const secret = fc
      .string({ unit: "grapheme-ascii", minLength: 8, maxLength: 30 })
      .filter((each) => !/[${}]/.test(each) && !/^[A-Z_0-9 ]*$/.test(each));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const text = new Masker({ SERVICE_TOKEN: value }).text(before + value + after);
        expect(text.replaceAll("${SERVICE_TOKEN}", "\0")).not.toContain(value);
      }),
    );
  });

  it.each([
    "PASSWORD",
    "GITHUB_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "apiKey",
    "OPENAI_API_KEY",
    "SENTRY_DSN",
    "clientSecret",
    "DB_PASS",
    "PGPASSWORD",
    "SSHPASS",
    "KAGGLE_KEY",
    "WANDB_API_KEY",
    "API_KEY_1",
    "TOKEN2",
    "API_KEY_PROD",
    "hftoken",
    "GITHUB_PAT",
    "FERNET_KEY",
    "MLFLOW_TRACKING_PASSWORD",
    "GCP_SA_KEY",
    "token.value",
    "db.passwords",
    "api_keys",
    "auth.token.0",
  ])("%s is the name of one", (name) => expect(isSecretName(name)).toBe(true));
  it.each([
    "PWD",
    "PATH",
    "tokens",
    "TOKENIZERS_PARALLELISM",
    "pad_token",
    "placeholder_token",
    "forward_pass",
    "bypass",
    "compass",
    "lr",
    "key",
    "monkey",
    "user_key",
    "SSH_AUTH_SOCK",
    "pad_token.value",
    "tokens.value",
    "value",
    ".value",
    "keys",
  ])("%s is none", (name) => expect(isSecretName(name)).toBe(false));
});

it("a command gets its secrets back by name, and says which are missing", () => {
  const masker = new Masker({});
  const words = ["t", "--token", "a b$&", "--url=https://me:x@h/?token=a b$&"];
  const command = masker.command(words);
  expect(unmask(command, masker.secrets, { TOKEN: "a b$&" })).toEqual({ missing: ["URL_PASSWORD"] });
  expect(unmask(command, masker.secrets, { TOKEN: "a b$&", URL_PASSWORD: "x" })).toEqual({ command: words });
});
