/** Buckets on servers of SFTP for tests. */
import { systemClock } from "../../src/base/clock.ts";
import type { RetryPolicy } from "../../src/base/retry.ts";
import { startTalk } from "../../src/program/talk.ts";
import { SftpBucket, type SftpOptions } from "../../src/store/buckets/sftp/bucket.ts";
import { findServer } from "./find-server.ts";

/** OpenSSH's server of SFTP, which speaks over stdin and stdout; null where it is not installed. */
const SFTP_SERVER = findServer("sftp-server", "MVGIT_SFTP_SERVER");

/** Whether it can be started here. */
export const HAS_SFTP = SFTP_SERVER !== null;

const QUICK: RetryPolicy = { tries: 8, totalMs: 60_000, baseMs: 1, capMs: 10 };

/** A bucket on a folder of this machine, through a program that speaks SFTP. */
export function openSftp(
  folder: string,
  options: Partial<SftpOptions> & { program?: readonly string[] } = {},
): SftpBucket {
  const [file = "", ...args] = options.program ?? [SFTP_SERVER ?? ""];
  return new SftpBucket({
    address: `ssh://test${folder}`,
    place: { user: null, host: "test", port: null, folder },
    start: () => startTalk({ file, args, env: process.env }),
    clock: systemClock,
    signal: new AbortController().signal,
    retry: QUICK,
    ...options,
  });
}
