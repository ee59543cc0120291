/** What the tabs of one browser tell each other: that what is kept has changed. It carries nothing of a session. */
export interface News {
  tell(): void;
  /** Calls `listener` whenever another tab has told. */
  listen(listener: () => void): void;
}

export function browserNews(): News {
  const channel = new BroadcastChannel("hearken.recordings");
  return {
    tell: () => channel.postMessage(null),
    listen: (listener) => channel.addEventListener("message", listener),
  };
}
