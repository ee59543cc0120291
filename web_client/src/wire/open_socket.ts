import type { Account } from "../sign_in/account";
import { Socket } from "./socket";
import { socketIoLine } from "./socket_io_line";

/** The page's connection; it tries at once when the network is back or somebody looks at the page again. */
export function openSocket(account: Account, base = location.origin): Socket {
  const socket = new Socket(account, socketIoLine(base));
  const nudge = () => socket.nudge();
  addEventListener("online", nudge);
  document.addEventListener("visibilitychange", nudge);
  return socket;
}
