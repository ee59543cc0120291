/** Drives the capture modules from a test of the whole chain in a real browser; see tests/e2e/browser. */
import { type Capture, type CaptureState, microphones, openCapture } from "../../src/capture/capture";
import { ChunkEncoder } from "../../src/capture/chunk_encoder";
import { type Cut, Cutter } from "../../src/capture/cutter";
import type { RecordedChunk } from "../../src/capture/recorded_chunk";
import witnessUrl from "./witness_worklet.ts?worker&url";

interface EncodeOrder {
  /** Where to fetch 32-bit float samples. */
  url: string;
  sampleRate: number;
  chunkSamples: number;
  /** [at sample of the source, length of the hole on the timeline] */
  holes: [number, number][];
}

interface Bench {
  capture: Capture | null;
  states: Pick<CaptureState, "phase" | "trouble">[];
  refuse: boolean;
  encode: (order: EncodeOrder) => Promise<void>;
  open: (chunkSeconds: number, nextSeq: number, nextSample: number) => number;
  microphones: typeof microphones;
  /** Lets microphones be had no more, or again. */
  denyMicrophone: (errorName: string | null) => void;
  hearTracks: () => void;
  unplug: () => void;
  plugIn: () => void;
  hearContexts: () => void;
  suspendFor: (ms: number) => Promise<void>;
  /** From the next microphone on, a witness hears beside the recorder. */
  callWitness: () => void;
  /** Hands in what the witness heard. */
  testify: () => Promise<void>;
}

declare global {
  interface Window {
    bench: Bench;
  }
}

const BLOCK = 1600;

async function post(chunk: RecordedChunk): Promise<void> {
  if (window.bench.refuse) throw new Error("the outbox is full");
  const query = new URLSearchParams({
    first_sample: String(chunk.firstSample),
    sample_count: String(chunk.sampleCount),
  });
  await fetch(`/chunks/${chunk.seq}?${query.toString()}`, {
    method: "POST",
    headers: { "Content-Type": chunk.mediaType },
    body: chunk.bytes,
  });
}

async function encode({ url, sampleRate, chunkSamples, holes }: EncodeOrder): Promise<void> {
  const source = new Float32Array(await (await fetch(url)).arrayBuffer());
  const lead = 0.08 * sampleRate;
  const cutter = new Cutter({ chunkSamples, lead, tail: 0.02 * sampleRate, firstSample: 0 });
  const encoder = new ChunkEncoder(sampleRate, () => console.error("Opus failed"));
  let seq = 0;
  const handOn = async (cuts: Cut[]): Promise<void> => {
    for (const cut of cuts) {
      const { firstSample, sampleCount } = cut;
      await post({ seq: seq++, firstSample, sampleCount, ...(await encoder.encode(cut)) });
      cutter.release(cut);
    }
  };
  let at = 0;
  for (const [hole, length] of [...holes, [source.length, 0] as const]) {
    for (; at < hole; at = Math.min(at + BLOCK, hole)) {
      await handOn(cutter.push(source.subarray(at, Math.min(at + BLOCK, hole))));
    }
    await handOn(cutter.hole(length));
  }
}

function open(chunkSeconds: number, nextSeq: number, nextSample: number): number {
  const capture = openCapture({ chunkSeconds, from: { nextSeq, nextSample }, onChunk: post });
  capture.state.subscribe(() => {
    const { phase, trouble } = capture.state.get();
    const last = window.bench.states.at(-1);
    if (last?.phase !== phase || last.trouble !== trouble) window.bench.states.push({ phase, trouble });
  });
  window.bench.capture = capture;
  return capture.sampleRate;
}

// A browser for tests can't be told to pull a plug: what the platform would report is reported in its place.

const devices = navigator.mediaDevices;
const getUserMedia = devices.getUserMedia.bind(devices);
const tracks: MediaStreamTrack[] = [];
const contexts: AudioContext[] = [];

function denyMicrophone(errorName: string | null): void {
  devices.getUserMedia = (constraints) =>
    errorName === null
      ? getUserMedia(constraints)
      : Promise.reject(new DOMException("denied by the test", errorName));
}

function hearTracks(): void {
  devices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    tracks.push(...stream.getAudioTracks());
    return stream;
  };
}

function unplug(): void {
  denyMicrophone("NotFoundError");
  for (const track of tracks.splice(0)) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
}

function plugIn(): void {
  denyMicrophone(null);
  devices.dispatchEvent(new Event("devicechange"));
}

function hearContexts(): void {
  window.AudioContext = class extends AudioContext {
    constructor(options?: AudioContextOptions) {
      super(options);
      contexts.push(this);
    }
  };
}

/** As when a call or another application takes the sound away. */
async function suspendFor(ms: number): Promise<void> {
  const open = contexts.filter((context) => context.state !== "closed");
  for (const context of open)
    context.resume = () => Promise.reject(new DOMException("taken", "InvalidStateError"));
  await Promise.all(open.map((context) => context.suspend()));
  await new Promise((resolve) => setTimeout(resolve, ms));
  for (const context of open) Reflect.deleteProperty(context, "resume");
}

interface Quantum {
  frame: number;
  samples: Float32Array<ArrayBuffer>;
}

const heard: Quantum[] = [];

function callWitness(): void {
  window.AudioContext = class extends AudioContext {
    override createMediaStreamSource(stream: MediaStream): MediaStreamAudioSourceNode {
      const source = super.createMediaStreamSource(stream);
      // One that is only tried out is closed before the module is there.
      const loaded = this.audioWorklet.addModule(witnessUrl).then(
        () => true,
        () => false,
      );
      void loaded.then((isThere) => {
        if (isThere) listen(this, source);
      });
      return source;
    }
  };
}

function listen(context: AudioContext, source: MediaStreamAudioSourceNode): void {
  const options = { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" } as const;
  const witness = new AudioWorkletNode(context, "witness", options);
  witness.port.onmessage = ({ data }: MessageEvent<Quantum>) => heard.push(data);
  source.connect(witness);
}

async function testify(): Promise<void> {
  const [first] = heard;
  const last = heard.at(-1);
  if (first === undefined || last === undefined) throw new Error("the witness heard nothing");
  const all = new Float32Array(last.frame + last.samples.length - first.frame);
  for (const { frame, samples } of heard) all.set(samples, frame - first.frame);
  await fetch("/heard", { method: "POST", body: all });
}

window.bench = {
  capture: null,
  states: [],
  refuse: false,
  encode,
  open,
  microphones,
  denyMicrophone,
  hearTracks,
  unplug,
  plugIn,
  hearContexts,
  suspendFor,
  callWitness,
  testify,
};
