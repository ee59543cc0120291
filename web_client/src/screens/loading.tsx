import { Center, Loader, VisuallyHidden } from "@mantine/core";

export function Loading() {
  return (
    <Center mih="40vh" role="status">
      <Loader aria-hidden="true" />
      <VisuallyHidden>Loading</VisuallyHidden>
    </Center>
  );
}
