/** Who is at the other end of a connection, by what Linux tells. */
import * as net from "node:net";
import { expect, it } from "vitest";
import { isOfThisUser } from "../../src/base/peer.ts";

const TOLD = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 20 4 30 10 -1
   3: 0100007F:C351 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
   4: 0200007F:C352 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 5 1 0 20 4 30 10 -1
   0: 0000000000000000FFFF00000100007F:C353 0000000000000000FFFF00000100007F:1F90 01 0:0 0:0 0 1001
`;

it.each<[string, number, number, boolean, string?]>([
  ["another user is not", 1000, 50_000, false],
  ["the same user is", 1001, 50_000, true],
  ["the system is, which forwards ports", 1000, 50_001, true],
  ["whoever is not told of may be", 1000, 50_002, true],
  ["another user is not from an address that he chose", 1000, 50_002, false, "127.0.0.2"],
  ["another user is not by a socket of IPv6", 1000, 50_003, false],
  ["the same user is by a socket of IPv6", 1001, 50_003, true],
  ["everybody is to the system's own user", 0, 50_000, true],
])("%s", (_, own, remotePort, isHeard, remoteAddress = "127.0.0.1") => {
  expect(isOfThisUser({ localPort: 8080, remotePort, remoteAddress }, own, () => TOLD)).toBe(isHeard);
});

it("everybody may be where the system tells nothing", () => {
  expect(isOfThisUser({ localPort: 8080, remotePort: 50_000, remoteAddress: "127.0.0.1" }, 1000, () => null)).toBe(
    true,
  );
});

it("the system really tells of a connection, however it was opened", async () => {
  const seen: boolean[] = [];
  const server = net.createServer((socket) => {
    // As if this process were somebody else's: all of them are another user's then.
    seen.push(isOfThisUser(socket, 987_654));
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const connect = (more: Partial<net.TcpNetConnectOpts>): Promise<unknown> =>
    new Promise((resolve) => {
      net
        .connect({ port, host: "127.0.0.1", ...more })
        .on("error", () => resolve(null))
        .on("close", resolve);
    });
  await connect({});
  if (process.platform === "linux") {
    await connect({ localAddress: "127.0.0.2" });
    await connect({ host: "::ffff:127.0.0.1", family: 6 });
  }
  await new Promise((resolve) => server.close(resolve));
  const isTold = process.platform === "linux" && process.getuid?.() !== 0;
  expect(seen.filter((heard) => heard).length).toBe(isTold ? 0 : seen.length);
});
