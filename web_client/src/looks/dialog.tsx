import { Modal } from "@mantine/core";
import type { ReactNode } from "react";

import styles from "./dialog.module.css";

interface DialogProps {
  opened: boolean;
  close: () => void;
  title: string;
  /** For one that must not vanish by a click beside it. */
  stays?: boolean;
  /** For one with two columns. */
  wide?: boolean;
  children: ReactNode;
}

/** A question over the page. Esc and a click beside it put it away; the focus goes back to where it was. */
export function Dialog({ opened, close, title, stays = false, wide = false, children }: DialogProps) {
  // Put together from its parts: Mantine's own header is a second banner on the page to a screen reader. And locking
  // the page's scrolling writes a <style> element that the content security policy refuses.
  return (
    <Modal.Root
      opened={opened}
      onClose={close}
      closeOnClickOutside={!stays}
      lockScroll={false}
      size={wide ? "lg" : "md"}
      centered
    >
      <Modal.Overlay />
      <Modal.Content radius="lg">
        <Modal.Body className={styles.body ?? ""}>
          <Modal.Title className={styles.title ?? ""}>{title}</Modal.Title>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
