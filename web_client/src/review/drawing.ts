import WaveSurfer from "wavesurfer.js";

export const HEIGHT = 56;

interface Drawn {
  container: HTMLElement;
  /** Lies over the waveform and moves with it. */
  sheet: HTMLElement;
  sound: HTMLAudioElement;
  /** 0 to 255, evenly over the session. */
  peaks: readonly number[];
  lengthMs: number;
}

/** The picture of the sound. Nothing is decoded here: the peaks are the server's. */
export class Drawing {
  private readonly wave: WaveSurfer;
  private readonly sheet: HTMLElement;
  private readonly container: HTMLElement;
  private peaks: readonly number[];
  private lengthMs: number;
  private shownMs: number;
  private follows = true;

  constructor({ container, sheet, sound, peaks, lengthMs }: Drawn) {
    this.sheet = sheet;
    this.container = container;
    this.peaks = peaks;
    this.lengthMs = this.shownMs = lengthMs;
    this.wave = WaveSurfer.create({
      container,
      media: withoutAddress(sound),
      ...drawable(peaks, lengthMs),
      height: HEIGHT,
      normalize: true,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      barMinHeight: 1,
      cursorWidth: 2,
      dragToSeek: true,
      hideScrollbar: true,
      // Its style element stands in a shadow root, where the content security policy looks too.
      cspNonce: document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "",
    });
    container.addEventListener("wheel", this.turned, { passive: false });
    this.wave.on("scroll", () => this.placeSheet());
    this.wave.on("redraw", () => this.placeSheet());
    this.wave.on("resize", () => this.show(this.shownMs, this.follows));
  }

  /** A session that has grown since; what is looked at stays in view. */
  grow(peaks: readonly number[], lengthMs: number, shownMs: number): void {
    if (peaks === this.peaks && lengthMs === this.lengthMs) return;
    const leftMs = this.leftMs();
    this.peaks = peaks;
    this.lengthMs = lengthMs;
    this.wave.setOptions(drawable(peaks, lengthMs));
    this.show(shownMs, this.follows);
    this.wave.setScroll((leftMs / lengthMs) * this.wave.getWrapper().clientWidth);
  }

  /** Draws, in the page's colours, so that `shownMs` fill the width, and moves along with what is heard where it `follows`. */
  show(shownMs: number, follows: boolean): void {
    this.shownMs = shownMs;
    this.follows = follows;
    const isWhole = shownMs >= this.lengthMs;
    const colours = getComputedStyle(this.container);
    this.wave.setOptions({
      waveColor: colours.getPropertyValue("--wave").trim(),
      progressColor: colours.getPropertyValue("--accent").trim(),
      cursorColor: colours.getPropertyValue("--ink").trim(),
      minPxPerSec: isWhole ? 0 : this.container.clientWidth / (shownMs / 1000),
      autoScroll: follows,
    });
  }

  close(): void {
    this.container.removeEventListener("wheel", this.turned);
    this.wave.destroy();
  }

  /** What of the session is at the left edge. */
  private leftMs(): number {
    const width = this.wave.getWrapper().clientWidth;
    return width === 0 ? 0 : (this.wave.getScroll() / width) * this.lengthMs;
  }

  /** Sideways only: a wheel that turns down is meant for the page. */
  private readonly turned = (event: WheelEvent): void => {
    const by = event.deltaX === 0 && event.shiftKey ? event.deltaY : event.deltaX;
    if (by === 0 || this.shownMs >= this.lengthMs) return;
    event.preventDefault();
    this.wave.setScroll(this.wave.getScroll() + by);
  };

  private placeSheet(): void {
    this.sheet.style.width = `${this.wave.getWrapper().clientWidth}px`;
    this.sheet.style.transform = `translateX(${-this.wave.getScroll()}px)`;
  }
}

function drawable(peaks: readonly number[], lengthMs: number) {
  return { peaks: [Float32Array.from(peaks, (peak) => peak / 255)], duration: lengthMs / 1000 };
}

const PLAYERS_OWN = "player";

/**
 * The sound as its drawing may know it: all of it but the address. WaveSurfer writes back a moment later the address that
 * it has found, or takes away the one that has come meanwhile: then the player waits for audio that is never loaded.
 */
export function withoutAddress(sound: HTMLAudioElement): HTMLAudioElement {
  return new Proxy(sound, {
    get(target, name) {
      if (name === "src" || name === "currentSrc") return PLAYERS_OWN;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value) => name === "src" || Reflect.set(target, name, value, target),
  });
}
