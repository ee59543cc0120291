import { Manager } from "socket.io-client";

import type { OpenLine } from "./socket";

const PROTOCOL = 1;
const MESSAGES = ["hello", "event", "head", "slow_down", "bye"] as const;

/**
 * Socket.IO without its own reconnection, which neither renews a token nor comes back from a refused namespace; and
 * without its buffers, which would send a chunk twice without asking. src/wire/socket.ts does both.
 */
export function socketIoLine(base: string): OpenLine {
  return (token, events) => {
    const manager = new Manager(base, {
      path: "/socket.io",
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
    });
    const socket = manager.socket("/session", { auth: { token, protocol: PROTOCOL } });
    let over = false;
    const ended = () => {
      if (over) return;
      over = true;
      events.ended();
    };
    for (const name of MESSAGES) socket.on(name, (data: unknown) => events.said(name, data));
    socket.on("connect_error", (error) => {
      events.refused("data" in error ? error.data : null);
      ended();
    });
    socket.on("disconnect", ended);
    manager.on("close", ended);
    socket.connect();
    return {
      send: (event, values, acknowledged) => {
        socket.emit(event, ...values, acknowledged);
      },
      close: () => {
        over = true;
        socket.removeAllListeners();
        socket.disconnect();
        manager.engine.close();
      },
    };
  };
}
