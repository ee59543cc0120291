import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StepsCard } from "../../src/after_stop/steps_card";
import { afterEvent, NOTHING_YET } from "../../src/live/after_stop";
import { Looks } from "../../src/looks/looks";
import type { SessionState, StepProgress } from "../../src/wire/messages";

let root: Root;
let box: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  box = document.body.appendChild(document.createElement("div"));
  root = createRoot(box);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

/** The bar's value and the words beside it once these events have come. */
function shown(state: SessionState, ...told: StepProgress[]): [number | null, string | null] {
  return shownWhere(false, state, ...told);
}

function shownWhere(
  stands: boolean,
  state: SessionState,
  ...told: StepProgress[]
): [number | null, string | null] {
  const after = told.reduce(
    (before, data, at) =>
      afterEvent(before, { session_id: "s", version: at + 1, type: "session.progress", data }),
    NOTHING_YET,
  );
  act(() =>
    root.render(
      <Looks>
        <StepsCard state={state} after={after} coverage={null} stands={stands} />
      </Looks>,
    ),
  );
  const bar = box.querySelector("progress");
  return [bar?.hasAttribute("value") ? bar.value : null, bar?.nextElementSibling?.textContent ?? null];
}

test("how far the labels are is shown, and about how long they take", () => {
  expect(
    shown("labelling", { step: "label", percent: 40, message: "16 of 40 parts listened to", eta_s: 9 }),
  ).toEqual([40, "40 % · 16 of 40 parts listened to · about 10 s left"]);
});

test("where nothing is there that goes on with it nobody says how long it takes", () => {
  expect(
    shownWhere(true, "labelling", {
      step: "label",
      percent: 40,
      message: "16 of 40 parts listened to",
      eta_s: 9,
    }),
  ).toEqual([40, "40 % · 16 of 40 parts listened to"]);
});

test("passages that are read beside the notes take nothing from what is shown of them", () => {
  expect(
    shown(
      "noting",
      { step: "note", percent: 33, message: "1 of 2 parts read", eta_s: 70 },
      { step: "index", percent: 90, message: "64 of 70 passages read" },
    ),
  ).toEqual([33, "33 % · 1 of 2 parts read · about 2 min left"]);
  expect(shown("noting", { step: "index", percent: 90, message: "64 of 70 passages read" })).toEqual([
    null,
    "A few seconds as a rule",
  ]);
});
