import { Button } from "@mantine/core";
import { Link } from "wouter";

import { Empty } from "../looks/empty";
import { usePageName } from "../looks/page_name";

export function NotFound() {
  usePageName("Not found");
  return (
    <Empty
      order={1}
      title="There is nothing at this address"
      action={
        <Button component={Link} href="/">
          Go to your sessions
        </Button>
      }
    >
      The session may have been deleted, or the address is not complete.
    </Empty>
  );
}
