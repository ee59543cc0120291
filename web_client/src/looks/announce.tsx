import { VisuallyHidden } from "@mantine/core";

/** Said politely by a screen reader whenever the text changes; nothing to see. The element has to stand there before
 *  its text changes: render it always, with an empty text at first. */
export function Announce({ children }: { children: string }) {
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {children}
    </VisuallyHidden>
  );
}
