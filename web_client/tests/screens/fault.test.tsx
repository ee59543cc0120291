import { Suspense } from "react";
import { afterEach, expect, test, vi } from "vitest";

import { Fault } from "../../src/screens/fault";
import { fetched } from "../../src/screens/fetched";
import { button, press, scriptedParts, show, takeDown, until } from "./scripted_parts";

afterEach(takeDown);
// React says every error that a boundary catches.
afterEach(() => void vi.restoreAllMocks());

test("a page whose code could not be fetched says so, and is fetched again", async () => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const fetchPage = vi.fn(() => Promise.reject<() => string>(new TypeError("Failed to fetch")));
  const Page = fetched(fetchPage);
  const screen = (
    <Fault>
      <Suspense fallback="…">
        <Page />
      </Suspense>
    </Fault>
  );
  const { page } = await show(screen, scriptedParts());
  await until(() => expect(page.textContent).toContain("A part of this page is missing"));
  expect(page.textContent).toContain("the server does not answer, or has a newer version by now");
  fetchPage.mockImplementation(() => Promise.resolve(() => "The page"));
  await press(button("Try again"));
  await until(() => expect(page.textContent).toMatch(/The page$/));
});

test("a page that breaks has a fault", async () => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  const Broken = (): never => {
    throw new Error("broken");
  };
  const { page } = await show(
    <Fault>
      <Broken />
    </Fault>,
    scriptedParts(),
  );
  expect(page.textContent).toContain("This page cannot be shown");
  expect(page.textContent).not.toContain("fetched");
});
