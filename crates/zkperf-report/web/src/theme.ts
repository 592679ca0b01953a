// Dark or light: as the reader chose, or as the system says. It is the reader's, not the view's, so that the browser
// keeps it and the address does not.

type Theme = "dark" | "light";

const KEY = "zkperf-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "dark" || theme === "light" ? theme : null;
  } catch {
    // Some browsers keep nothing for files: then the choice lasts as long as the page.
    return null;
  }
}

/** Puts the theme on. */
export function applyTheme(theme: Theme = chosen() ?? (system.matches ? "dark" : "light")): void {
  document.documentElement.dataset["theme"] = theme;
}

/** The other theme, from now on. */
export function toggleTheme(update: () => void): void {
  const theme = document.documentElement.dataset["theme"] === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above.
  }
  applyTheme(theme);
  update();
}

/** Follows the system, unless the reader chose. */
export function onSystemTheme(update: () => void): void {
  system.addEventListener("change", () => {
    if (chosen()) return;
    applyTheme();
    update();
  });
}
