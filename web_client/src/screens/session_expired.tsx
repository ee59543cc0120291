import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { Dialog } from "../looks/dialog";
import { Problem } from "../looks/problem";
import type { User } from "../wire/messages";
import styles from "./session_expired.module.css";
import { useParts } from "./parts";
import { signInProblem } from "./sign_in_problem";
import { useValue } from "./use_value";

const SAFE = "A recording under way goes on. It is kept in this browser and sent once you have signed in.";

/** Asks for the password over the running page. It can be put off: pause and stop have to stay within reach. */
export function SessionExpired({ user }: { user: User }) {
  const { phase } = useValue(useParts().account.state);
  // Remembers the putting off for this one expiry only.
  return phase === "signed_in" ? null : <Expired user={user} />;
}

function Expired({ user }: { user: User }) {
  const [putOff, setPutOff] = useState(false);
  if (!putOff) return <AskAgain user={user} putOff={() => setPutOff(true)} />;
  return (
    <div className={styles.banner}>
      <Problem
        tone="warn"
        title="You are signed out"
        safe={SAFE}
        actions={<Button onClick={() => setPutOff(false)}>Sign in</Button>}
      />
    </div>
  );
}

function AskAgain({ user, putOff }: { user: User; putOff: () => void }) {
  const { account } = useParts();
  const { phase, error } = useValue(account.state);
  const [password, setPassword] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void account.signIn(user.email, password);
  };
  return (
    <Dialog opened close={putOff} title="Please sign in again" stays>
      <form onSubmit={submit}>
        <Stack>
          <Text>Your sign-in has expired. {SAFE}</Text>
          {error !== null && phase !== "signing_in" && error.code !== "token_expired" && password !== "" && (
            <Problem urgent {...signInProblem(error)} />
          )}
          <input type="hidden" name="email" autoComplete="username" value={user.email} readOnly />
          <PasswordInput
            label={`Password of ${user.email}`}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            data-autofocus
            visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={putOff}>
              Not now
            </Button>
            <Button type="submit" loading={phase === "signing_in"}>
              Sign in
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
