/** `ssh://` addresses: what they mean, and what never becomes an option of `ssh`. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isMvgitError } from "../../../../src/base/errors.ts";
import { makeFolderCommand, parseSshUrl, sshAddress } from "../../../../src/store/buckets/sftp/address.ts";
import { isPlainBucket, normaliseAddress, objectAt } from "../../../../src/store/drivers.ts";

/** A folder with an `ssh` that hands its words to a shell, in which `mkdir` tells how it is called. */
function makeBin(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-bin-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(join(folder, "ssh"), '#!/bin/sh\nshift\nexec sh -c "$*"\n', { mode: 0o755 });
  fs.writeFileSync(join(folder, "mkdir"), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
  return folder;
}

describe("an address", () => {
  it.each([
    ["ssh://host/srv/store", { user: null, host: "host", port: null, folder: "/srv/store" }],
    ["ssh://me@host.example:2222/srv/store", { user: "me", host: "host.example", port: 2222, folder: "/srv/store" }],
    ["ssh://me@corp@host/a", { user: "me@corp", host: "host", port: null, folder: "/a" }],
    ["ssh://[::1]:22/a", { user: null, host: "::1", port: 22, folder: "/a" }],
    ["ssh://host/~/store", { user: null, host: "host", port: null, folder: "store" }],
    ["ssh://host/C:/my data/é", { user: null, host: "host", port: null, folder: "/C:/my data/é" }],
  ])("%s", (url, place) => {
    expect(parseSshUrl(url)).toEqual(place);
    expect(sshAddress(place)).toBe(url);
    expect(normaliseAddress(`${url}/`)).toBe(url);
    expect(isPlainBucket(url)).toBe(false);
  });

  it.each([
    "ssh://-oProxyCommand=touch%20x/a",
    "ssh://-oProxyCommand/a",
    "ssh://-l@host/a",
    "ssh://user;id@host/a",
    "ssh://ho st/a",
    "ssh://host`id`/a",
    "ssh://$(id)/a",
    "ssh://host:0/a",
    "ssh://host:65536/a",
    "ssh://host",
    "ssh:///a",
    "ssh://[host]/a",
    "ssh://[fe80::1%eth0]/a",
    "ssh://host/a/../b",
    "ssh://host/a//b",
    "ssh://host/./a",
    "ssh://host/~root/a",
    "ssh://host/a%2fb",
    "ssh://host/a\\b",
    "ssh://host/a\nb",
    `ssh://host/${"a/".repeat(2000)}`,
    "ssh://user:secret@host/a",
    "ssh://host/a?key=value",
  ])("%j is refused", (url) => {
    const refusal = (() => {
      try {
        return normaliseAddress(url);
      } catch (error) {
        return error;
      }
    })();
    expect(isMvgitError(refusal, "usage")).toBe(true);
  });

  it("of an object is that of its folder and a name", () => {
    expect(objectAt("ssh://me@host/srv/data/a.csv").object).toEqual({
      container: "ssh://me@host/srv/data",
      name: "a.csv",
    });
    expect(objectAt("ssh://host/a.csv").object).toEqual({ container: "ssh://host/", name: "a.csv" });
    expect(parseSshUrl("ssh://host/").folder).toBe("/");
    expect(() => objectAt("ssh://host/folder/")).toThrow("does not name an object");
  });

  it("is given back to a shell as one word, and to the one behind it", () => {
    expect(makeFolderCommand(parseSshUrl("ssh://host/srv/store"))).toBe("ssh host mkdir -p /srv/store");
    expect(makeFolderCommand({ ...parseSshUrl("ssh://host/srv/store"), config: "/my keys/config" })).toBe(
      "ssh -F '/my keys/config' host mkdir -p /srv/store",
    );
    const { stdout } = spawnSync("sh", ["-c", makeFolderCommand(parseSshUrl("ssh://me@host/a 'b'/$(id)"))], {
      // What stands in the place of ssh hands the words to a shell, as a server does.
      env: { PATH: `${makeBin()}:${process.env["PATH"]}` },
      encoding: "utf8",
    });
    expect(stdout).toBe("-p|/a 'b'/$(id)|");
  });
});
