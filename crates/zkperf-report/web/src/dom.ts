// Elements. Texts of profiles go through `textContent` only, so that nothing in them is ever markup.

export type Content = Node | string | null | undefined | false;
type Handler = (event: never) => void;
type Attributes = Record<string, string | number | boolean | null | undefined | Handler>;

/** An element with attributes (`onclick` and the like are listeners) and contents. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...contents: Content[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, contents);
  return element;
}

function append(element: Element, contents: Content[]): void {
  for (const content of contents) if (content) element.append(content);
}

/** Replaces an element's contents. */
export function fill(element: Element, ...contents: Content[]): void {
  element.replaceChildren();
  append(element, contents);
}

/** A button. */
export function button(label: string, onclick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return el("button", { type: "button", onclick, ...attributes }, label);
}

/** A choice of which one is taken, as a row of buttons. */
export function choice<T extends string>(
  label: string,
  options: [T, string, string?][],
  chosen: T,
  choose: (value: T) => void,
): HTMLElement {
  return el(
    "div",
    { class: "choice", role: "group", "aria-label": label },
    ...options.map(([value, text, title]) =>
      button(text, () => choose(value), { "aria-pressed": String(value === chosen), "data-value": value, title }),
    ),
  );
}
