/** What refusals mean, and what is done about them. */
import { describe, expect, it } from "vitest";
import { judgeAzure } from "../../../../src/store/buckets/azure/said.ts";
import { WORDS } from "../../../../src/store/buckets/azure/words.ts";

const purpose = { action: "write 'a'", address: "az://account1/models", words: WORDS };
const now = Date.parse("2026-11-28T12:00:00Z");

function verdictOf(status: number, code: string, headers: Record<string, string> = {}) {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.\nRequestId:1</Message></Error>`;
  return judgeAzure({ status, headers, text }, { purpose, now });
}

describe("a refusal", () => {
  it.each([
    [403, "AuthenticationFailed", "access-denied", false, true],
    [401, "InvalidAuthenticationInfo", "access-denied", false, true],
    [401, "NoAuthenticationInformation", "access-denied", false, true],
    [403, "AuthorizationPermissionMismatch", "access-denied", false, false],
    [403, "AuthorizationFailure", "access-denied", false, false],
    [403, "KeyBasedAuthenticationNotPermitted", "access-denied", false, false],
    [404, "ContainerNotFound", "remote-missing", false, false],
    [409, "BlobImmutableDueToPolicy", "access-denied", false, false],
    [409, "SnapshotsPresent", "access-denied", false, false],
    [409, "BlobArchived", "access-denied", false, false],
    [412, "LeaseIdMissing", "access-denied", false, false],
    [409, "ContainerBeingDeleted", "remote-unavailable", true, false],
    [409, "", "remote-unavailable", true, false],
    [400, "Md5Mismatch", "remote-unavailable", true, false],
    [400, "InvalidHeaderValue", "remote-unavailable", false, false],
    [500, "OperationTimedOut", "remote-unavailable", true, false],
    [503, "ServerBusy", "remote-unavailable", true, false],
  ])("%i %s is %s", (status, word, code, again, signInAgain) => {
    expect(verdictOf(status, word)).toMatchObject({ failure: { code }, again, signInAgain });
  });

  it("says what holds an object, and how that ends", () => {
    expect(verdictOf(412, "LeaseIdMissing").failure).toMatchObject({
      message: "cannot write 'a' in 'az://account1/models': LeaseIdMissing (412)",
      hint: "somebody holds a lease on it: end that with 'az storage blob lease break'",
    });
  });

  it("for a clock that is off says so", () => {
    const ahead = verdictOf(403, "AuthenticationFailed", { date: "Sat, 28 Nov 2026 15:00:00 GMT" });
    expect(ahead.failure).toMatchObject({
      message:
        "cannot write 'a': 'az://account1/models' does not accept these credentials " +
        '(403, "AuthenticationFailed: No.")',
      hint: "set this machine's clock: it is 3 hours behind the service's",
    });
    const behind = verdictOf(403, "AuthenticationFailed", { date: "Sat, 28 Nov 2026 11:40:00 GMT" });
    expect(behind.failure.hint).toBe("set this machine's clock: it is 20 minutes ahead of the service's");
    const right = verdictOf(403, "AuthenticationFailed", { date: "Sat, 28 Nov 2026 12:10:00 GMT" });
    expect(right.failure.hint).toBe(WORDS.signIn);
  });

  it("of a page that is none of the service's gives nothing of it away", () => {
    const page = "<html><body>sign in, token=secret</body></html>";
    const { failure } = judgeAzure({ status: 403, headers: {}, text: page }, { purpose, now });
    expect(failure.message).toBe("cannot write 'a' in 'az://account1/models': access is denied");
  });
});
