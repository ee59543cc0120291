import { Button, Container } from "@mantine/core";
import { Component, type ReactNode } from "react";

import { Problem } from "../looks/problem";
import { NotFetched } from "./fetched";

interface FaultState {
  error: unknown;
}

const FAULT = {
  title: "This page cannot be shown",
  what: "It has a fault.",
  todo: "Try again. If that does not help, load the page anew; a recording can then be resumed.",
};

const NOT_FETCHED = {
  title: "A part of this page is missing",
  what: "It could not be fetched: the server does not answer, or has a newer version by now.",
  todo: "Check this computer’s network, then try again. If that does not help, load the page anew; a recording can then be resumed.",
};

/** A page that broke. Recording happens outside of the pages and goes on meanwhile. */
export class Fault extends Component<{ children: ReactNode }, FaultState> {
  override state: FaultState = { error: null };

  static getDerivedStateFromError(error: unknown): FaultState {
    return { error: error ?? new Error("nothing was said") };
  }

  private again(): void {
    if (this.state.error instanceof NotFetched) this.state.error.forget();
    this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Container size="sm" py="xl" component="main">
        <Problem
          urgent
          {...(error instanceof NotFetched ? NOT_FETCHED : FAULT)}
          safe="What has been recorded is safe. A recording under way goes on."
          actions={
            <>
              <Button onClick={() => this.again()}>Try again</Button>
              <Button variant="default" onClick={() => location.reload()}>
                Load anew
              </Button>
            </>
          }
        />
      </Container>
    );
  }
}
