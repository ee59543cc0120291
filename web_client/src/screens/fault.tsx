import { Button, Container } from "@mantine/core";
import { Component, type ReactNode } from "react";

import { Problem } from "../looks/problem";

interface FaultState {
  failed: boolean;
}

/** A page that broke. Recording happens outside of the pages and goes on meanwhile. */
export class Fault extends Component<{ children: ReactNode }, FaultState> {
  override state: FaultState = { failed: false };

  static getDerivedStateFromError(): FaultState {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Container size="sm" py="xl" component="main">
        <Problem
          urgent
          title="This page cannot be shown"
          what="Part of it could not be loaded, or it has a fault."
          safe="What has been recorded is safe. A recording under way goes on."
          todo="Try again. If that does not help, check the connection and load the page anew; a recording can then be resumed."
          actions={
            <>
              <Button onClick={() => this.setState({ failed: false })}>Try again</Button>
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
