import { expect, test } from "vitest";

import { type ScreenLock, WakeLock } from "../../src/capture/wake_lock";

/** A browser that takes the lock away when the page is hidden, as all do. */
class ScriptedBrowser extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";
  refuses = false;
  asked = 0;
  readonly given: (ScreenLock & EventTarget & { released: boolean })[] = [];

  async request(): Promise<ScreenLock> {
    this.asked += 1;
    await Promise.resolve();
    if (this.refuses) throw new DOMException("low battery", "NotAllowedError");
    const lock = Object.assign(new EventTarget(), {
      released: false,
      release: async () => {
        await Promise.resolve();
        lock.released = true;
        lock.dispatchEvent(new Event("release"));
      },
    });
    this.given.push(lock);
    return lock;
  }

  async show(visibility: DocumentVisibilityState): Promise<void> {
    this.visibilityState = visibility;
    if (visibility === "hidden") for (const lock of this.given) if (!lock.released) await lock.release();
    this.dispatchEvent(new Event("visibilitychange"));
    await new Promise((resolve) => setTimeout(resolve));
  }
}

test("the lock is asked for again when the page is seen again", async () => {
  const browser = new ScriptedBrowser();
  const lock = new WakeLock(browser, browser);
  await lock.acquire();
  expect(lock.held.get()).toBe(true);
  await browser.show("hidden");
  expect(lock.held.get()).toBe(false);
  await browser.show("visible");
  expect(lock.held.get()).toBe(true);
  expect(browser.asked).toBe(2);
});

test("a lock that is held is not asked for twice", async () => {
  const browser = new ScriptedBrowser();
  const lock = new WakeLock(browser, browser);
  await Promise.all([lock.acquire(), lock.acquire()]);
  await browser.show("visible");
  expect(browser.asked).toBe(1);
});

test("after its release it is not asked for any more", async () => {
  const browser = new ScriptedBrowser();
  const lock = new WakeLock(browser, browser);
  await lock.acquire();
  await lock.release();
  expect(lock.held.get()).toBe(false);
  expect(browser.given[0]?.released).toBe(true);
  await browser.show("hidden");
  await browser.show("visible");
  expect(browser.asked).toBe(1);
});

test("a release while it is being asked for gives it back", async () => {
  const browser = new ScriptedBrowser();
  const lock = new WakeLock(browser, browser);
  const acquired = lock.acquire();
  await lock.release();
  await acquired;
  await new Promise((resolve) => setTimeout(resolve));
  expect(lock.held.get()).toBe(false);
  expect(browser.given.every(({ released }) => released)).toBe(true);
});

test("a refusal is no error, and the next chance is taken", async () => {
  const browser = new ScriptedBrowser();
  browser.refuses = true;
  const lock = new WakeLock(browser, browser);
  await lock.acquire();
  expect(lock.held.get()).toBe(false);
  browser.refuses = false;
  await browser.show("visible");
  expect(lock.held.get()).toBe(true);
});

test("a browser without wake locks", async () => {
  const lock = new WakeLock(new ScriptedBrowser(), undefined);
  await lock.acquire();
  expect(lock.held.get()).toBe(false);
  await lock.release();
});
