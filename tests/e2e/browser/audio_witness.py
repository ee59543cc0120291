"""How long a browser's audio stood still, as somebody sees it who watches its clock beside the recorder.

The host of a virtual machine stops it for some milliseconds, at worst for a second, wherever it has used up its share
of the host's processors, and no priority of a thread helps: a browser without a sound card loses that time.
"""

from __future__ import annotations

from playwright.async_api import BrowserContext

_WATCH = """{
  const LOOKS = 10;
  // Less is made good by the recorder in ten seconds, and explains nothing.
  const LEAST_MS = 120;
  const DRIFT = 0.002;
  const Own = window.AudioContext;
  window.AudioContext = class extends Own {
    constructor(options) {
      super(options);
      const name = `${performance.timeOrigin} ${Math.random()}`;
      const lags = [];
      let usual = null;
      let stood = 0;
      const look = () => {
        if (this.state === "closed") return;
        if (this.state === "running" && this.currentTime > 0) {
          lags.push(performance.now() - this.currentTime * 1000);
          if (lags.length > LOOKS) lags.shift();
        } else {
          // Whoever suspends it has to say why.
          lags.length = 0;
          usual = null;
        }
        if (lags.length === LOOKS) {
          // The clock goes by buffers: of several looks the one just after a buffer tells where it is.
          const lag = Math.min(...lags);
          usual ??= lag;
          const slip = lag - usual;
          if (slip > LEAST_MS) {
            stood += slip;
            usual = lag;
            void window.stoodStill(name, stood);
          } else usual += slip < 0 ? slip : slip * DRIFT;
        }
        setTimeout(look, 20);
      };
      look();
    }
  };
}"""


class AudioWitness:
    """Of all pages of a browser."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    async def watch(self, context: BrowserContext) -> None:
        async def stood_still(_source: object, clock: str, ms: float) -> None:
            self._ms[clock] = ms

        await context.expose_binding("stoodStill", stood_still)
        await context.add_init_script(_WATCH)

    @property
    def stood_still_s(self) -> float:
        """By the audio clock of those that stood still for longest, since it began."""
        return max(self._ms.values(), default=0.0) / 1000
