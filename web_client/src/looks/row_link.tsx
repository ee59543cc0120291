import type { ReactNode } from "react";
import { Link } from "wouter";

import styles from "./row_link.module.css";

/** The name of a row in a list, as a link whose target is the whole row. */
export function RowLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className={styles.name ?? ""}>
      {children}
    </Link>
  );
}
