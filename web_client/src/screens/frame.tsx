import { Button, Group, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { Dialog } from "../looks/dialog";
import { Layout } from "../looks/layout";
import type { User } from "../wire/messages";
import { useParts } from "./parts";
import { UnderWay } from "./under_way";
import { useValue } from "./use_value";

/** The frame of every page of somebody who is signed in. */
export function Frame({ user, children }: { user: User; children: ReactNode }) {
  const { account, recordings } = useParts();
  const current = useValue(recordings.current);
  const [asking, setAsking] = useState(false);
  const signOut = (): void => {
    const { phase = "finished", failure = null } = current?.state.get() ?? {};
    // What the server has refused would never finish.
    if (phase === "finished" || (phase === "stopping" && failure !== null)) void account.signOut();
    else setAsking(true);
  };
  return (
    <Layout status={<UnderWay recording={current} />} account={{ ...user, signOut }}>
      {children}
      <Dialog opened={asking} close={() => setAsking(false)} title="A recording is under way">
        <Text>Stop the recording and let it finish before you sign out. Nothing has been stopped.</Text>
        <Group justify="flex-end" mt="lg">
          <Button onClick={() => setAsking(false)}>Back to the recording</Button>
        </Group>
      </Dialog>
    </Layout>
  );
}
