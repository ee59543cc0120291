import "@mantine/core/styles.css";
import "./looks.css";

import { MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";

import { theme } from "./theme";

/** The server writes a nonce for each answer; without it the content security policy refuses the theme's variables. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

/** Everything on a screen stands inside of this. Light or dark is the system's choice until somebody chooses. */
export function Looks({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      {children}
    </MantineProvider>
  );
}
