/** The first field with this label. */
export function field(page: HTMLElement, label: string): HTMLInputElement {
  const id = [...page.querySelectorAll("label")].find((each) => each.textContent === label)?.htmlFor;
  const found = id === undefined ? null : document.getElementById(id);
  if (!(found instanceof HTMLInputElement)) throw new Error(`there is no field ${label}`);
  return found;
}
