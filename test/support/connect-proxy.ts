/** A proxy on loopback that opens tunnels (CONNECT) to a TLS server of its own, whatever host is asked for. */
import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import { TLS_PAIR } from "./tls-pair.ts";

export interface ConnectProxy {
  /** host:port */
  place: string;
  /** What tunnels were asked for, with the credentials that came along. */
  asked: { target: string; authorization: string | undefined }[];
  /**
   * What the next ones meet: a tunnel (200), a refusal of that status, or silence before or after the tunnel is open.
   */
  answer: number | "silence" | "silence after";
  /** By which names TLS was spoken behind the tunnels; false for none. */
  names: Set<string | false | null>;
  close(): Promise<void>;
}

/** `behind`: the port of the plain server that the TLS server speaks for. */
export async function startConnectProxy(behind: number): Promise<ConnectProxy> {
  const sockets = new Set<net.Socket>();
  const hold = <S extends net.Socket>(socket: S): S => {
    sockets.add(socket);
    return socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  };
  const join = (one: net.Socket, other: net.Socket): void => void one.pipe(other).pipe(one);
  const secure = tls
    .createServer(TLS_PAIR, (socket) => {
      proxy.names.add(socket.servername ?? null);
      join(hold(socket), hold(net.connect(behind, "127.0.0.1")));
    })
    .listen(0, "127.0.0.1");
  await once(secure, "listening");
  const server = http.createServer();
  const proxy: ConnectProxy = {
    place: "",
    asked: [],
    names: new Set(),
    answer: 200,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      secure.close();
      server.close();
      await once(server, "close");
    },
  };
  server.on("connect", (req, socket) => {
    hold(socket as net.Socket);
    proxy.asked.push({ target: req.url ?? "", authorization: req.headers["proxy-authorization"] });
    if (proxy.answer === "silence") return;
    if (typeof proxy.answer === "number" && proxy.answer !== 200)
      return void socket.end(`HTTP/1.1 ${proxy.answer} No\r\ncontent-length: 0\r\n\r\n`);
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (proxy.answer === 200)
      join(socket as net.Socket, hold(net.connect((secure.address() as net.AddressInfo).port, "127.0.0.1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.place = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return proxy;
}
