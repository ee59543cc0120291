import { BufferTarget, EncodedAudioPacketSource, EncodedPacket, OggOutputFormat, Output } from "mediabunny";

import type { Cut } from "./cutter";

/** Opus counts in 48 kHz whatever goes in. */
const OPUS_RATE = 48_000;
const BITS_PER_SECOND = 32_000;
const PRE_SKIP_AT = 10;
const LIBOPUS_DELAY_SECONDS = 0.0065;
/**
 * A page takes 255 segments. One that its last packet fills exactly is written with the position before that packet,
 * which cuts off the end of a quiet chunk of 5 s: pages end long before that.
 */
const PAGE_SECONDS = 1;
/** A codec that was reclaimed by the system may never answer. */
const PATIENCE_MS = 20_000;

interface Encoded {
  /** Every packet with its length in 48 kHz samples. */
  packets: { data: Uint8Array; length: number }[];
  /** The identification header; its pre-skip is the encoder's own delay. */
  header: Uint8Array<ArrayBuffer>;
}

function configuration(sampleRate: number): AudioEncoderConfig {
  return { codec: "opus", sampleRate, numberOfChannels: 1, bitrate: BITS_PER_SECOND };
}

export async function encodesOpus(sampleRate: number): Promise<boolean> {
  if (typeof AudioEncoder === "undefined") return false;
  try {
    return (await AudioEncoder.isConfigSupported(configuration(sampleRate))).supported === true;
  } catch {
    return false; // A configuration that a browser calls invalid is one that it can't encode.
  }
}

/**
 * A chunk as an Ogg Opus file that decodes to exactly its own samples.
 *
 * The encoder hears the lead before the chunk, so that it has settled when the chunk begins, and the tail after it,
 * because it answers late. Ogg then says what to leave out: the pre-skip covers the lead and the encoder's delay, and
 * the last page's position ends the sound within the last packet (RFC 7845, sections 4.2 and 4.4).
 */
export async function opusFile(cut: Cut, sampleRate: number): Promise<Uint8Array<ArrayBuffer>> {
  const { packets, header } = await encoded(
    cut.samples.subarray(0, cut.lead + cut.sampleCount + cut.tail),
    sampleRate,
  );
  const in48k = (samples: number): number => Math.round((samples * OPUS_RATE) / sampleRate);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const preSkip = encoderDelay(view.getUint16(PRE_SKIP_AT, true), sampleRate) + in48k(cut.lead);
  view.setUint16(PRE_SKIP_AT, preSkip, true);

  const output = new Output({
    format: new OggOutputFormat({ maximumPageDuration: PAGE_SECONDS }),
    target: new BufferTarget(),
  });
  const source = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(source);
  await output.start();
  const decoderConfig = { codec: "opus", sampleRate: OPUS_RATE, numberOfChannels: 1, description: header };
  const end = preSkip + in48k(cut.sampleCount);
  let at = 0;
  for (const { data, length } of packets) {
    if (at >= end) break;
    const kept = Math.min(length, end - at);
    await source.add(new EncodedPacket(data, "key", at / OPUS_RATE, kept / OPUS_RATE), { decoderConfig });
    at += length;
  }
  if (at < end) throw new Error("the encoder answered with less sound than it was given");
  await output.finalize();
  if (output.target.buffer === null) throw new Error("the file was not written");
  return new Uint8Array(output.target.buffer);
}

/**
 * In 48 kHz samples, as the header should say. Chromium's header counts in samples of the input: 104 instead of 312 at
 * 16 kHz, 4.3 ms too few. libopus answers 6.5 ms late at every rate, which tells such a header from a right one.
 */
function encoderDelay(told: number, sampleRate: number): number {
  const isInInputSamples =
    sampleRate !== OPUS_RATE && told === Math.round(LIBOPUS_DELAY_SECONDS * sampleRate);
  return isInInputSamples ? LIBOPUS_DELAY_SECONDS * OPUS_RATE : told;
}

/** One encoder for each chunk: nothing that goes wrong in it outlives the chunk. */
async function encoded(samples: Float32Array<ArrayBuffer>, sampleRate: number): Promise<Encoded> {
  const packets: Encoded["packets"] = [];
  const headers: Uint8Array<ArrayBuffer>[] = [];
  let fail: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const encoder = new AudioEncoder({
    output: (chunk, about) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      packets.push({ data, length: Math.round(((chunk.duration ?? 0) * OPUS_RATE) / 1e6) });
      const description = about?.decoderConfig?.description;
      if (description !== undefined) headers.push(copyOf(description));
    },
    error: (error) => fail(error),
  });
  const patience = setTimeout(() => fail(new Error("the encoder does not answer")), PATIENCE_MS);
  try {
    encoder.configure(configuration(sampleRate));
    // A second at a time, so that the codec need not hold the whole chunk twice.
    for (let at = 0; at < samples.length; at += sampleRate) {
      const data = samples.subarray(at, at + sampleRate);
      const sound = new AudioData({
        format: "f32",
        sampleRate,
        numberOfFrames: data.length,
        numberOfChannels: 1,
        timestamp: Math.round((at * 1e6) / sampleRate),
        data,
      });
      encoder.encode(sound);
      sound.close();
    }
    await Promise.race([encoder.flush(), failure]);
  } finally {
    clearTimeout(patience);
    if (encoder.state !== "closed") encoder.close();
  }
  const header = headers[0];
  if (header === undefined) throw new Error("the encoder gave no identification header");
  return { packets, header };
}

function copyOf(bytes: AllowSharedBufferSource): Uint8Array<ArrayBuffer> {
  if (!ArrayBuffer.isView(bytes)) return Uint8Array.from(new Uint8Array(bytes));
  return Uint8Array.from(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
