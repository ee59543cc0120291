import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { Layout } from "../looks/layout";
import { usePageName } from "../looks/page_name";
import { Problem } from "../looks/problem";
import type { WireError } from "../wire/answer";
import { useParts } from "./parts";
import { ServerAway } from "./server_away";
import { signInProblem } from "./sign_in_problem";
import { useValue } from "./use_value";

export function SignIn() {
  usePageName("Sign in");
  const { account, reach } = useParts();
  const { phase, error } = useValue(account.state);
  const reached = useValue(reach.state);
  /** What an attempt met with before the server went away says nothing about the server that is back. */
  const [past, setPast] = useState<WireError | null>(null);
  if (!reached && error !== past) setPast(error);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void account.signIn(email.trim(), password);
  };
  return (
    <Layout narrow>
      <Paper withBorder p={{ base: "md", sm: "xl" }} radius="lg" maw={460} mx="auto" mt="5vh">
        <form onSubmit={submit}>
          <Stack>
            <div>
              <Title order={1}>Sign in</Title>
              <Text c="dimmed">Record sessions, and read what was said.</Text>
            </div>
            <ServerAway
              what="Nobody can sign in or record here until it is back."
              safe="Recordings that this browser keeps stay here, and are sent after signing in."
            />
            {reached && error !== null && error !== past && phase === "signed_out" && (
              <Problem urgent {...signInProblem(error)} />
            )}
            <TextInput
              label="Email"
              type="email"
              name="email"
              autoComplete="username"
              required
              withAsterisk={false}
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" fullWidth loading={phase === "signing_in"}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Layout>
  );
}
