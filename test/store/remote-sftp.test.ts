/** A remote on a server of SFTP keeps the contract of a blob store. */
import { startTalk } from "../../src/program/talk.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { openSftp } from "../support/sftp-open.ts";
import { SftpLiar } from "../support/sftp-liar.ts";
import { StoreFolder } from "../support/store-folder.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

describeStore("a remote on a server of SFTP", async () => {
  const folder = new StoreFolder();
  const liar = new SftpLiar();
  const startShell = () => startTalk({ file: "/bin/sh", args: [], env: process.env });
  return {
    isFar: true,
    open: async () => new Remote("store", openSftp(folder.path, { start: () => liar.start(), startShell })),
    damage: (hash, bytes) => folder.damage(hash, bytes),
    obstruct: (hash, by) => folder.obstruct(hash, by),
    bury: () => folder.bury(),
    fail: () => folder.unmount(),
    cleanup: () => folder.remove(),
  };
});
