import type { Block, FromWorklet, ToWorklet } from "./block";
import { MicrophoneError } from "./microphone";
import workletUrl from "./capture_worklet.ts?worker&url";

/** What speech recognisers hear; nothing above 8 kHz tells words apart. */
const WANTED_RATE = 16_000;
/** How long to wait for an audio thread that may be standing still. */
const PATIENCE_MS = 1500;

/**
 * The rate at which this browser captures. Firefox connects a microphone only to a context of the device's own rate, so
 * whether it would is tried out with a stream that needs no permission.
 */
export function captureRate(): number {
  const wanted = new AudioContext({ sampleRate: WANTED_RATE });
  const own = new AudioContext();
  try {
    wanted.createMediaStreamSource(own.createMediaStreamDestination().stream);
    return wanted.sampleRate;
  } catch {
    return own.sampleRate;
  } finally {
    void wanted.close();
    void own.close();
  }
}

/** Fetches what the audio thread runs: as a lasting file it is found in the browser's cache when the node is away. */
export async function fetchWorklet(): Promise<void> {
  await (await fetch(workletUrl)).arrayBuffer();
}

/** An audio graph of one source, the microphone, and one listener, the worklet. It makes no sound. */
export class AudioInput {
  private context: AudioContext;
  private node: Promise<AudioWorkletNode> | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private held: () => void = () => undefined;

  constructor(
    readonly sampleRate: number,
    private readonly onBlock: (block: Block) => void,
    private readonly onStateChange: () => void,
  ) {
    this.context = this.newContext();
  }

  get running(): boolean {
    return this.context.state === "running";
  }

  /** The audio clock, in frames. */
  get frame(): number {
    return Math.round(this.context.currentTime * this.sampleRate);
  }

  /** Asks the audio clock to run; returns once it does, or it is clear that it does not yet. */
  async resume(): Promise<void> {
    // A refusal is seen in `running`, as is a context that keeps one waiting.
    const resumed = this.context.resume().catch(() => undefined);
    if (!this.running) await atMost(PATIENCE_MS, resumed);
  }

  /** Hears this track from now on, instead of the one before; both are on the same clock. */
  async connect(track: MediaStreamTrack): Promise<void> {
    const node = await this.listener();
    const source = this.context.createMediaStreamSource(new MediaStream([track]));
    this.source?.disconnect();
    source.connect(node);
    this.source = source;
  }

  async record(): Promise<void> {
    tell(await this.listener(), "record");
  }

  /** Returns when every block captured so far has been given to `onBlock`. */
  async hold(): Promise<void> {
    if (this.node === null) return;
    const node = await this.node;
    const held = new Promise<void>((resolve) => {
      this.held = resolve;
    });
    tell(node, "hold");
    await atMost(PATIENCE_MS, held);
  }

  /** The memory of a block goes round between the two threads. */
  async recycle(block: Block): Promise<void> {
    tell(await this.listener(), block.samples.buffer);
  }

  async close(): Promise<void> {
    this.source?.disconnect();
    await this.context.close();
  }

  private listener(): Promise<AudioWorkletNode> {
    this.node ??= this.load().catch((error: unknown) => {
      // The network may be back at the next attempt; this context would only repeat that its module failed.
      this.node = null;
      void this.context.close();
      this.context = this.newContext();
      throw error;
    });
    return this.node;
  }

  private newContext(): AudioContext {
    // Nobody listens to it live: rather late than with gaps.
    const context = new AudioContext({ sampleRate: this.sampleRate, latencyHint: "playback" });
    context.addEventListener("statechange", this.onStateChange);
    return context;
  }

  private async load(): Promise<AudioWorkletNode> {
    const { audioWorklet } = this.context as Partial<AudioContext>;
    if (audioWorklet === undefined) throw new MicrophoneError("unsupported");
    await audioWorklet.addModule(workletUrl).catch((error: unknown) => {
      throw new MicrophoneError("not_fetched", error);
    });
    const node = new AudioWorkletNode(this.context, "capture", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
      if (data === "held") this.held();
      else this.onBlock(data);
    };
    return node;
  }
}

function tell(node: AudioWorkletNode, message: ToWorklet): void {
  node.port.postMessage(message, message instanceof ArrayBuffer ? [message] : []);
}

async function atMost(ms: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
