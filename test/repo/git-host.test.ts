import { expect, it } from "vitest";
import { placeOf } from "../../src/git/host-address.ts";
import { addressFor } from "../../src/repo/git-host.ts";

it("a host is one place however it is reached", () => {
  for (const url of [
    "https://github.com/team/models.git",
    "https://user:secret@GitHub.com/team/models",
    "ssh://git@github.com:22/team/models.git",
    "git@github.com:team/models.git",
    "github.com:/team/models/",
    "https://github.com:443/team/models.git",
  ]) {
    expect(placeOf(url, "/work")).toBe("github.com/team/models");
  }
});

it("other paths, hosts and ports are other places", () => {
  const urls = [
    "https://github.com/Team/models",
    "https://github.com/team/models2",
    "https://gitlab.com/team/models",
    "https://github.com:8443/team/models",
    "/team/models",
    "../models",
    "file:///team/models2",
  ];
  expect(new Set(urls.map((url) => placeOf(url, "/home/clone"))).size).toBe(urls.length);
});

it("a folder is the same by address and by path", () => {
  expect(placeOf("file:///nowhere/host.git", "/work")).toBe("/nowhere/host");
  expect(placeOf("../nowhere/host.git", "/work")).toBe("/nowhere/host");
});

it.each([
  ["https://host/team/models.git", "https://host/team/models.git"],
  ["https://me:s3cret@host/team/models.git", "https://host/team/models.git"],
  ["https://ghp_token@host/team/models.git", "https://host/team/models.git"],
  ["https://host/models.git?access_token=abc", null],
  ["git@host:team/models.git", "git@host:team/models.git"],
  ["ssh://git:pw@host/models.git", "ssh://git@host/models.git"],
  ["../host.git", "/home/host.git"],
  ["/srv/host.git", "/srv/host.git"],
])("others get from %s without what signs somebody in", (url, address) =>
  expect(addressFor(url, "/home/clone")).toBe(address),
);
