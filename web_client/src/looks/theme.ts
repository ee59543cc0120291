import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from "@mantine/core";

/** The smallest side of anything that is pressed with a finger. */
export const TOUCH = 44;

const accent: MantineColorsTuple = [
  "#e7f5f7",
  "#cfeaee",
  "#a3d8e0",
  "#74c6d2",
  "#4bb5c4",
  "#2499ac",
  "#127e91",
  "#0b6676",
  "#08515e",
  "#053b45",
];

const gray: MantineColorsTuple = [
  "#f4f7f8",
  "#e9eff1",
  "#dae3e7",
  "#c4d0d6",
  "#a2b2ba",
  "#768992",
  "#566973",
  "#42535c",
  "#2c3a42",
  "#19242a",
];

const dark: MantineColorsTuple = [
  "#e8eef0",
  "#c6d1d6",
  "#a5b5bd",
  "#80929b",
  "#4c5d66",
  "#33424a",
  "#222e35",
  "#182127",
  "#10171b",
  "#0a0f12",
];

const pressable = { minHeight: TOUCH };
// The ring of a field that has the focus stands clear of its label.
const field = {
  defaultProps: { size: "md" },
  styles: { input: pressable, label: { marginBottom: "0.25rem" } },
};

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 4 },
  // The accent is dark on light and light on dark; what stands on it turns round with it.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    const onAccent = input.variant === "filled" && (input.color ?? "accent") === "accent";
    return onAccent ? { ...colors, color: "var(--on-accent)" } : colors;
  },
  respectReducedMotion: true,
  cursorType: "pointer",
  defaultRadius: "md",
  black: "#141d22",
  colors: { accent, gray, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontSizes: { xs: "0.875rem", sm: "0.9375rem", md: "1.0625rem", lg: "1.1875rem", xl: "1.375rem" },
  lineHeights: { xs: "1.45", sm: "1.5", md: "1.55", lg: "1.6", xl: "1.6" },
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.75rem" }, h2: { fontSize: "1.3125rem" }, h3: { fontSize: "1.125rem" } },
  },
  components: {
    Button: { defaultProps: { size: "md" }, styles: { root: pressable } },
    ActionIcon: { defaultProps: { size: TOUCH, variant: "subtle", color: "gray" } },
    CloseButton: { defaultProps: { size: TOUCH } },
    TextInput: field,
    PasswordInput: {
      ...field,
      styles: { ...field.styles, innerInput: pressable, visibilityToggle: { width: 40, height: 40 } },
    },
    Textarea: field,
    Select: field,
    NativeSelect: field,
    NumberInput: field,
    Checkbox: { defaultProps: { size: "md", iconColor: "var(--on-accent)" } },
    Switch: { defaultProps: { size: "md" } },
    MenuItem: { styles: { item: pressable } },
    Drawer: { defaultProps: { lockScroll: false } },
  },
});
