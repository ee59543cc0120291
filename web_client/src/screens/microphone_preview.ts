import { openMicrophone } from "../capture/microphone";
import { type Observable, Value } from "../observable";

export interface Preview {
  /** The loudest sample of the last moment, 0 to 1. */
  peak: Observable<number>;
  close(): void;
}

/** Opens a microphone only to show that it hears. Rejects with MicrophoneError. */
export async function openPreview(deviceId: string): Promise<Preview> {
  const track = await openMicrophone(deviceId === "" ? undefined : deviceId);
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const peak = new Value(0);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    peak.set(samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0));
  }, 60);
  const close = (): void => {
    clearInterval(timer);
    track.stop();
    void context.close();
  };
  return { peak, close };
}
