import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";

import { MoonIcon, PersonIcon, ScreenIcon, SearchIcon, SunIcon } from "./icons";
import styles from "./layout.module.css";
import { Mark } from "./mark";

interface LayoutProps {
  /** A column for reading and filling in rather than the whole width. */
  narrow?: boolean;
  /** What is to be seen on every page: the recording under way, the connection. */
  status?: ReactNode;
  account?: { email: string; organisation: string; signOut: () => void } | null;
  children: ReactNode;
}

/** The frame of every page. */
export function Layout({ narrow = false, status, account = null, children }: LayoutProps) {
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link className={styles.name ?? ""} href="/">
            <Mark />
            Hearken
          </Link>
          <div className={styles.middle}>{status}</div>
          {account !== null && (
            <ActionIcon component={Link} href="/search" aria-label="Search what was said" title="Search">
              <SearchIcon />
            </ActionIcon>
          )}
          <SchemeToggle />
          {account !== null && <AccountMenu {...account} />}
        </div>
      </header>
      <main id="main" tabIndex={-1} className={narrow ? `${styles.main} ${styles.narrow}` : styles.main}>
        {children}
      </main>
    </>
  );
}

const SCHEMES = {
  auto: { next: "light", Icon: ScreenIcon, words: "as the system" },
  light: { next: "dark", Icon: SunIcon, words: "light" },
  dark: { next: "auto", Icon: MoonIcon, words: "dark" },
} as const;

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, Icon, words } = SCHEMES[colorScheme];
  const label = `Colours: ${words}. Change to ${SCHEMES[next].words}`;
  return (
    <ActionIcon aria-label={label} title={label} onClick={() => setColorScheme(next)}>
      <Icon />
    </ActionIcon>
  );
}

function AccountMenu({ email, organisation, signOut }: NonNullable<LayoutProps["account"]>) {
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon aria-label="Account">
          <PersonIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {email}
          <br />
          {organisation}
        </Menu.Label>
        <Menu.Item component={Link} href="/templates">
          Note templates
        </Menu.Item>
        <Menu.Item component={Link} href="/vocabulary">
          Vocabulary
        </Menu.Item>
        <Menu.Item component={Link} href="/voice">
          Your voice
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
