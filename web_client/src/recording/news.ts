/** What a tab does when another one tells something. */
export interface Listener {
  /** What is kept has changed. */
  changed: () => void;
  /** Another tab takes the recording over and waits for its lock. */
  asked: (ref: string) => void;
}

/** What the tabs of one browser tell each other. Nothing of a session: a ref is a number made by chance. */
export interface News {
  /** What is kept has changed. */
  tell(): void;
  /** Asks whichever tab records `ref` to put it away and to let go of its lock. */
  askFor(ref: string): void;
  listen(listener: Listener): void;
}

const CHANGED = null;

export function browserNews(): News {
  const channel = new BroadcastChannel("hearken.recordings");
  return {
    tell: () => channel.postMessage(CHANGED),
    askFor: (ref) => channel.postMessage(ref),
    listen: ({ changed, asked }) => {
      channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (typeof data === "string") asked(data);
        else changed();
      });
    },
  };
}
