/** The bar at the top: where to go, who is there, which theme. */

import * as React from 'react';

import { Navigation } from './navigation';
import { Page, pagesOf } from './pages';
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

export function Header({ page }: { page: Page }): JSX.Element {
  const { me, hub, api } = useServices();
  const signOut = (
    <a className="maia-Button portal-SignOut" href={api.logoutUrl}>
      Sign out
    </a>
  );
  return (
    <header className="portal-Header">
      <a className="portal-Brand" href="#/">
        <img src="icon.svg" alt="" width="26" height="26" /> MAIA Hub
      </a>
      <Navigation tail={signOut}>
        {pagesOf(me).map(({ path, text }) => (
          <a key={path} href={`#/${path}`} aria-current={page.path === path ? 'page' : undefined}>
            {text}
          </a>
        ))}
        <a href={`${hub}home`}>JupyterLab</a>
      </Navigation>
      <div className="portal-Me">
        <span className="portal-Me-name" title="Signed in as">
          {me.user}
          {me.admin && <span className="maia-Badge">admin</span>}
        </span>
        <ThemeButton />
        {signOut}
      </div>
    </header>
  );
}
