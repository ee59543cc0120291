import type { CaptureTrouble } from "./capture";

export interface Microphone {
  deviceId: string;
  label: string;
}

/** A microphone that could not be had, and why. */
export class MicrophoneError extends Error {
  constructor(
    readonly trouble: CaptureTrouble,
    cause?: unknown,
  ) {
    super(`no microphone: ${trouble}`, { cause });
    this.name = "MicrophoneError";
  }
}

/**
 * Two people in a room, one of them further away: the gain is levelled, but nothing is taken away. Noise suppression
 * takes the distant voice for noise, and there is no loudspeaker whose echo would have to go.
 */
const ROOM: MediaTrackConstraints = {
  channelCount: { ideal: 1 },
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: true,
};

/** Names are empty until the microphone was allowed once. */
export async function microphones(): Promise<Microphone[]> {
  const devices = await (deviceList()?.enumerateDevices() ?? Promise.resolve([]));
  return devices
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "communications")
    .map(({ deviceId, label }) => ({ deviceId, label }));
}

/** Raises `MicrophoneError`. */
export async function openMicrophone(deviceId?: string): Promise<MediaStreamTrack> {
  const devices = deviceList();
  if (devices === undefined) throw new MicrophoneError("unsupported");
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  let track: MediaStreamTrack | undefined;
  try {
    track = (await devices.getUserMedia({ audio: { ...ROOM, ...device } })).getAudioTracks()[0];
  } catch (error) {
    throw new MicrophoneError(troubleOf(error), error);
  }
  if (track === undefined) throw new MicrophoneError("no_microphone");
  return track;
}

/** Calls `listener` whenever a device came or went, until the returned function is called. */
export function onMicrophonesChanged(listener: () => void): () => void {
  const devices = deviceList();
  devices?.addEventListener("devicechange", listener);
  return () => devices?.removeEventListener("devicechange", listener);
}

/** Pages that did not come over TLS or from this machine have no devices. */
function deviceList(): MediaDevices | undefined {
  return (navigator as Partial<Navigator>).mediaDevices;
}

function troubleOf(error: unknown): CaptureTrouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no_microphone";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unsupported";
  }
}
