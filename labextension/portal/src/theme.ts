/** Light, dark, or whatever the system says. */

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'maia-theme';
const ORDER: Theme[] = ['auto', 'light', 'dark'];

export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY) as Theme | null;
  return stored && ORDER.includes(stored) ? stored : 'auto';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}

export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
}
