import { describe, expect, it } from "vitest";

import { type Asked, fits, wayOf } from "../../src/shell/way";

const ORIGIN = "https://clinic.example";
const KEPT = new Set(["/assets/index-3xYs91ab.js", "/assets/icon.svg"]);

function way(path: string, changes: Partial<Asked> = {}) {
  return wayOf({ method: "GET", url: ORIGIN + path, mode: "cors", ...changes }, ORIGIN, KEPT);
}

describe("what the service worker does with a request", () => {
  it.each(["/", "/record", "/record/5d2f", "/sessions/5d2f?at=7", "/sign-in", "/apis"])(
    "answers the opening of %s with the page",
    (path) => {
      expect(way(path, { mode: "navigate" })).toBe("page");
    },
  );

  it("takes the files of its own version from what it keeps, also where one is opened by itself", () => {
    expect(way("/assets/index-3xYs91ab.js")).toBe("kept");
    expect(way("/assets/icon.svg", { mode: "navigate" })).toBe("kept");
  });

  it("leaves the files of another version to the network", () => {
    expect(way("/assets/index-9pQr22cd.js")).toBe("untouched");
    expect(way("/assets/index-9pQr22cd.js", { mode: "navigate" })).toBe("untouched");
  });

  it.each([
    "/api/v1/sessions",
    "/api/v1/sessions/5d2f/audio?ticket=1",
    "/api/docs",
    "/api",
    "/socket.io/?EIO=4",
    "/healthz",
    "/readyz",
    "/metrics",
  ])("does not touch %s, however it is asked for", (path) => {
    expect(way(path)).toBe("untouched");
    expect(way(path, { mode: "navigate" })).toBe("untouched");
  });

  it("touches nothing but what is read from its own origin", () => {
    expect(way("/", { method: "POST", mode: "navigate" })).toBe("untouched");
    expect(way("/assets/icon.svg", { method: "HEAD" })).toBe("untouched");
    expect(way("", { url: "https://elsewhere.example/assets/icon.svg" })).toBe("untouched");
    expect(way("", { url: "https://elsewhere.example/", mode: "navigate" })).toBe("untouched");
    expect(way("/something")).toBe("untouched");
  });
});

describe("a page is kept", () => {
  it("with the files that it names", () => {
    const page = `<link href="/assets/icon.svg"><script src='/assets/index-3xYs91ab.js'></script>`;
    expect(fits(page, KEPT)).toBe(true);
  });

  it("not when it names a file of another version", () => {
    expect(fits(`<link href="/assets/icon.svg"><script src="/assets/index-9pQr22cd.js">`, KEPT)).toBe(false);
  });

  it("not when it is no page of the client at all", () => {
    expect(fits("<h1>Sign in to the guest network</h1>", KEPT)).toBe(false);
  });
});
