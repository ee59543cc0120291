import { Button, Group, Stack, Switch } from "@mantine/core";
import { Fragment, useEffect, useRef, useState } from "react";

import { Value } from "../observable";
import { useValue } from "../screens/use_value";
import { usableStorage } from "../sign_in/kept_sign_in";
import { Dialog } from "./dialog";
import styles from "./shortcuts.module.css";

export interface Shortcut {
  /** Values of KeyboardEvent.key; letters in lower case, "Space" for the space bar, "Shift+ArrowLeft" with Shift. */
  keys: string[];
  /** What it does, for the list of shortcuts. */
  does: string;
  run: () => void;
}

const STORED_AS = "hearken.single_keys";

/** People who dictate to their computer, or whose hands shake, have to be able to turn single keys off (WCAG 2.1.4). */
const singleKeys = new Value(usableStorage()?.getItem(STORED_AS) !== "off");

function setSingleKeys(on: boolean): void {
  usableStorage()?.setItem(STORED_AS, on ? "on" : "off");
  singleKeys.set(on);
}

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], dialog") !== null
  );
}

/** Space and Enter belong to a focused button or link, arrows to a slider or a menu. */
function ownsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === " " || key === "Enter")
    return target.closest("button, a, summary, [role=button], [role=menuitem]") !== null;
  return (
    key.startsWith("Arrow") &&
    target.closest("[role=slider], [role=menu], [role=radiogroup], [role=tablist]") !== null
  );
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.shiftKey && event.key.length > 1 ? `Shift+${key}` : key;
}

function modalIsOpen(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}

/** Runs shortcuts while the component is mounted, but never while somebody types, in a dialog, or with Ctrl, Alt, Meta. */
export function useShortcuts(shortcuts: Shortcut[]): void {
  const newest = useRef(shortcuts);
  useEffect(() => {
    newest.current = shortcuts;
  });
  const on = useValue(singleKeys);
  useEffect(() => {
    if (!on) return;
    function pressed(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (takesText(event.target) || ownsKey(event.target, event.key) || modalIsOpen()) return;
      const shortcut = newest.current.find(({ keys }) => keys.includes(nameOf(event)));
      if (shortcut === undefined) return;
      event.preventDefault();
      shortcut.run();
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [on]);
}

const SHOWN: Partial<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

function shown(key: string): string {
  return key
    .split("+")
    .map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" + ");
}

/** One shortcut's keys, as caps of keys. */
export function Keys({ keys }: { keys: string[] }) {
  return (
    <span>
      {keys.map((key, i) => (
        <Fragment key={key}>
          {i > 0 && " or "}
          <kbd>{shown(key)}</kbd>
        </Fragment>
      ))}
    </span>
  );
}

function ShortcutHelp({ shortcuts, close }: { shortcuts: Shortcut[]; close: () => void }) {
  const on = useValue(singleKeys);
  return (
    <Dialog opened close={close} title="Keyboard shortcuts">
      <Stack>
        <dl className={styles.list}>
          {shortcuts.map(({ keys, does }) => (
            <div key={does}>
              <dt>
                <Keys keys={keys} />
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <Switch
          label="Use single-key shortcuts"
          description="They rest while you type. Turn them off if you speak to your computer."
          checked={on}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button onClick={close}>Close</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Runs the shortcuts, adds "?" for their list, and shows a button that opens the list. */
export function Shortcuts({ shortcuts }: { shortcuts: Shortcut[] }) {
  const [open, setOpen] = useState(false);
  const all = [...shortcuts, { keys: ["?"], does: "Show this list", run: () => setOpen(true) }];
  useShortcuts(all);
  return (
    <>
      <Button
        className="aboutKeys"
        variant="subtle"
        size="sm"
        rightSection={<kbd>?</kbd>}
        onClick={() => setOpen(true)}
      >
        Keyboard
      </Button>
      {open && <ShortcutHelp shortcuts={all} close={() => setOpen(false)} />}
    </>
  );
}
