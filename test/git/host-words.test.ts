/** What hosts really say when they refuse, and the one cause that is told of it. */
import { describe, expect, it } from "vitest";
import { pushRefused } from "../../src/git/host.ts";
import { readRefusal } from "../../src/git/host-words.ts";

const TAG = " ! [remote rejected] x -> spam#production#1";
const FAILED = "error: failed to push some refs to 'https://host/repo.git'";

describe("a refused push", () => {
  it.each<[string, string, string, string]>([
    [
      "GitHub, a protected branch",
      `remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: error: Changes ` +
        ("must " + `be made through a pull request.\nTo https://host/repo.git\n ! [remote rejected] main -> main `) +
        `(protected branch hook declined)\n${FAILED}`,
      "access-denied",
      'the host protects what this would create or change ("GH006: Protected branch update failed',
    ],
    [
      "GitHub, a rule for tags",
      `remote: error: GH013: Repository rule violations found for refs/tags/spam#production#1.\nremote: - ` +
        `Cannot create ref due to creations being restricted.\nremote:\n${TAG} (push declined due to ` +
        `repository rule violations)\n${FAILED}`,
      "access-denied",
      "the host protects what this would create or change",
    ],
    [
      "GitLab, a protected tag",
      `remote: GitLab: You are not allowed to create this tag as it is protected.\n${TAG} (pre-receive hook ` +
        `declined)\n${FAILED}`,
      "access-denied",
      'the host protects what this would create or change ("You are not allowed to create this tag as it is ' +
        'protected.")',
    ],
    [
      "a hook of the host's own",
      `remote: ==============\nremote: Ticket number missing\nremote: ==============\n${TAG} (pre-receive ` +
        ("hook " + `declined)\n${FAILED}`),
      "access-denied",
      'a hook of the host declined it ("Ticket number missing")',
    ],
    [
      "SSH without a key",
      "git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\nPlease " +
        ("make " + "sure you have the correct access rights\nand the repository exists."),
      "access-denied",
      'the host did not let you ("git@host: Permission denied (publickey).")',
    ],
    [
      "HTTPS as somebody else",
      "remote: Permission to a/b.git denied to eve.\nfatal: unable to access 'https://host/a/b.git/': The " +
        "requested URL returned error: 403",
      "access-denied",
      'the host did not let you ("Permission to a/b.git denied to eve.")',
    ],
    [
      "no network",
      "fatal: unable to access 'https://eve:secret@host/a.git/': Could not resolve host: host",
      "remote-unavailable",
      "the host cannot be reached (\"unable to access 'https://***@host/a.git/': Could not resolve host: host\")",
    ],
    [
      "no such repository",
      "fatal: '/srv/gone.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
      "remote-missing",
      "there is no repository at that address",
    ],
    [
      "something newer",
      `To ../host.git\n ! [rejected]        main -> main (fetch first)\n${FAILED}\nhint: Updates were ` +
        ("rejected " + "because the remote contains work"),
      "name-taken",
      "the host has something else under that name",
    ],
    [
      "a full disk there",
      `error: remote unpack failed: unable to create temporary object directory\n${TAG} (unpacker error)`,
      "remote-unavailable",
      "the host could not store what was sent",
    ],
    ["nothing known", "fatal: the moon is full", "remote-unavailable", 'it said "the moon is full"'],
    ["nothing", "", "remote-unavailable", "it did not say why"],
  ])("%s", (_, words, code, why) => {
    const refusal = readRefusal(words);
    expect(refusal.code).toBe(code);
    expect(refusal.why).toContain(why);
    expect(refusal.why).not.toContain("\n");
  });

  it("is one line without control characters, however much the host says", () => {
    const error = pushRefused(
      "origin",
      `remote: \u001b[31mred\u001b[0m ${"many words ".repeat(900)}\n${TAG} (pre-receive hook declined)`,
    );
    expect(error.message.length).toBeLessThan(450);
    expect(error.message).not.toMatch(/[\p{Cc}]/u);
    expect(error.message).toContain('("red many words');
    expect((error.cause as Error).message).toContain("many words many words");
  });
});
