/** The bar at the top: where to go, who is there, which theme. */

import * as React from 'react';

import { useServices } from './services';
import { Theme, applyTheme, nextTheme, storedTheme } from './theme';

const THEMES: Record<Theme, { icon: string; label: string }> = {
  auto: { icon: '◐', label: 'Theme: as the system' },
  light: { icon: '☀', label: 'Theme: light' },
  dark: { icon: '☾', label: 'Theme: dark' }
};

function ThemeButton(): JSX.Element {
  const [theme, setTheme] = React.useState<Theme>(storedTheme());
  const toggle = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  const { icon, label } = THEMES[theme];
  return (
    <button type="button" className="maia-IconButton" title={label} aria-label={label} onClick={toggle}>
      <span aria-hidden="true">{icon}</span>
    </button>
  );
}

export type Page = 'bookings' | 'notices' | 'admin';

export function Header({ page }: { page: Page }): JSX.Element {
  const { me, hub, api } = useServices();
  const link = (to: Page, text: string) => (
    <a href={`#/${to === 'bookings' ? '' : to}`} aria-current={page === to ? 'page' : undefined}>
      {text}
    </a>
  );
  return (
    <header className="portal-Header">
      <a className="portal-Brand" href="#/">
        <img src="icon.svg" alt="" width="26" height="26" /> MAIA Hub
      </a>
      <nav aria-label="Pages">
        {link('bookings', 'GPUs')}
        {link('notices', 'Notices')}
        {me.admin && link('admin', 'Administration')}
        <a href={`${hub}home`}>JupyterLab</a>
      </nav>
      <div className="portal-Me">
        <span className="portal-Me-name" title="Signed in as">
          {me.user}
          {me.admin && <span className="maia-Badge">admin</span>}
        </span>
        <ThemeButton />
        <a className="maia-Button" href={api.logoutUrl}>
          Sign out
        </a>
      </div>
    </header>
  );
}
