/** Hears beside the recorder, on the same audio thread, and tells everything that the browser gave to both. */
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

class Witness extends AudioWorkletProcessor {
  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (input !== undefined) this.port.postMessage({ frame: currentFrame, samples: input.slice() });
    return true;
  }
}

registerProcessor("witness", Witness);
