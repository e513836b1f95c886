/** The errors of a server that is reached by SSH: what `ssh` said, what the server refused, what it garbled. */
import { withoutCredentials } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { WrongBytes } from "../../bucket.ts";
import { makeFolderCommand, sshCommand, type SshPlace } from "./address.ts";
import type { Ending, Refusal } from "./client.ts";
import { STATUS } from "./packets.ts";

/** Where requests go, as errors say it. */
export interface Where {
  /** The remote's address. */
  address: string;
  place: SshPlace;
}

/** The failure of a connection that was there, or could be: another one may do. */
export class Lost extends MvgitError {}

const AGAIN = "run the command again later; it goes on where it stopped";

/** The error of a system without `ssh`. */
export function sshMissing({ address }: Where): MvgitError {
  return new MvgitError("not-supported", `'${address}' needs OpenSSH's program 'ssh', which is not on PATH`, {
    subject: address,
    hint: prose`install it: 'apt install openssh-client' or the like; on Windows it is the optional feature
      'OpenSSH Client'`,
  });
}

/** What ended a connection, as the words of `ssh` tell it: `Lost`, where another may do. */
export function connectionEnded(ending: Ending, words: string, { address, place }: Where): MvgitError {
  const own = `'${sshCommand(place)}'`;
  if (ending.how === "stalled")
    return new Lost("remote-stalled", `'${address}' says nothing any more`, { subject: address, hint: AGAIN });
  if (ending.how === "garbled")
    return new Lost("remote-unavailable", `'${address}' does not speak SFTP: ${ending.what} came`, {
      subject: address,
      hint: prose`see that the account prints nothing when it signs in (${own} with 'true' behind it shows what a
        ~/.bashrc prints)`,
    });
  const denied = (how: string, hint: string): MvgitError =>
    new MvgitError("access-denied", `cannot reach '${address}': ${how}`, { subject: address, hint });
  if (/IDENTIFICATION HAS CHANGED/.test(words))
    return denied(
      "the host's key is not the one that is known",
      prose`somebody may stand between you and the server: ask who runs it, and only then correct
        ~/.ssh/known_hosts, as ${own} says`,
    );
  if (/host key is known|Host key verification failed/i.test(words))
    return denied("the host's key is not known here", `run ${own} once, and compare the key with what its owner says`);
  if (/Permission denied|Too many authentication failures|No more authentication methods/i.test(words))
    return denied(
      "the server refuses your keys",
      prose`mvgit asks for no password or passphrase: load your key with 'ssh-add', and see that ${own} asks for
        nothing`,
    );
  if (/subsystem request failed/i.test(words))
    return new MvgitError("not-supported", `'${address}' has no SFTP`, {
      subject: address,
      hint: "let the server's sshd_config have 'Subsystem sftp internal-sftp'",
    });
  const said = lastLine(words);
  return new Lost("remote-unavailable", `the connection to '${address}' ended${said && `: ${said}`}`, {
    subject: address,
    hint: `see whether ${own} reaches it; ${AGAIN}`,
  });
}

function lastLine(words: string): string {
  const line = words.trim().split("\n").at(-1)?.trim() ?? "";
  return display(withoutCredentials(line)).slice(0, 300);
}

/** What the server refused to do. `action`: as in "cannot ACTION". */
export function refused(refusal: Refusal, action: string, { address }: Where): MvgitError {
  const { code } = refusal;
  if (code === STATUS.denied)
    return new MvgitError("access-denied", `cannot ${action} in '${address}': permission denied`, {
      subject: address,
      hint: "'mvgit doctor --remote' says who you are there and what is missing",
      cause: refusal,
    });
  const words = display(refusal.message) || `status ${code}`;
  if (code === STATUS.unsupported)
    return new MvgitError("not-supported", `cannot ${action}: the server of '${address}' does not do that (${words})`, {
      subject: address,
      cause: refusal,
    });
  return new MvgitError("remote-unavailable", `cannot ${action} in '${address}': the server says "${words}"`, {
    subject: address,
    hint: "see whether the server's disk is in order, and has room for this account",
    cause: refusal,
  });
}

export function diskFull(action: string, { address }: Where): MvgitError {
  return new MvgitError("disk-full", `cannot ${action} in '${address}': no space left on the server`, {
    subject: address,
    hint: prose`free some space there ('mvgit gc --remote --dry-run' shows what the remote could give back), then run
      the command again`,
  });
}

export function folderMissing({ address, place }: Where): MvgitError {
  return new MvgitError("remote-missing", `the remote's folder '${address}' does not exist`, {
    subject: address,
    hint: prose`correct the address with 'mvgit remote add', or make the folder with
      '${makeFolderCommand(place)}'`,
  });
}

export function wrongBytes(name: string, how: string, { address }: Where): WrongBytes {
  return new WrongBytes("remote-unavailable", `'${name}' in '${address}' ${how}`, { subject: name });
}

/** The error of an answer that cannot be true. */
export function unusable(how: string, { address }: Where): MvgitError {
  return new MvgitError("remote-unavailable", `'${address}' ${how}`, { subject: address, hint: AGAIN });
}

/** The error when there is no way to give a name that may be taken. */
export function overwrites({ address }: Where): MvgitError {
  return new MvgitError("not-supported", `'${address}' cannot be written safely: its server replaces what has a name`, {
    subject: address,
    hint: prose`use a server that gives names only when they are free: OpenSSH's own, on a file system with hard
      links`,
  });
}

/** The error when no file can be replaced in one step. */
export function cannotReplace({ address }: Where): MvgitError {
  return new MvgitError("not-supported", `the server of '${address}' cannot replace a file in one step`, {
    subject: address,
    hint: prose`use a server that can (posix-rename@openssh.com): OpenSSH's own`,
  });
}
