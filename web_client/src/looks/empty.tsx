import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import styles from "./empty.module.css";

interface EmptyProps {
  title: string;
  /** 1 where it is all that the page shows. */
  order?: 1 | 2;
  /** A sentence on why there is nothing and what would change that. */
  children?: ReactNode;
  icon?: ReactNode;
  /** Buttons. */
  action?: ReactNode;
}

/** A place where there is nothing yet. */
export function Empty({ title, order = 2, children, icon, action }: EmptyProps) {
  return (
    <div className={styles.empty}>
      {icon !== undefined && <div className={styles.picture}>{icon}</div>}
      <Title order={order}>{title}</Title>
      {children !== undefined && (
        <Text c="dimmed" mt="xs">
          {children}
        </Text>
      )}
      {action !== undefined && (
        <Group justify="center" mt="lg">
          {action}
        </Group>
      )}
    </div>
  );
}
