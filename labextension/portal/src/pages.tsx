/** The pages of the portal in the order of the navigation; a new page is a line here. */

import * as React from 'react';

import { Me } from '../../src/api';
import { AdminPage } from './admin/page';
import { BookingsPage } from './bookingsPage';
import { ClassesPage } from './classes/page';
import { NoticesPage } from './noticesPage';
import { ReportsPage } from './reports/page';

export interface Page {
  /** Its part of the address: `#/notices`; empty for the first one. */
  path: string;
  text: string;
  /** Who has it; everybody if it says nothing. */
  shownTo?: (me: Me) => boolean;
  Content: () => JSX.Element;
}

const PAGES: Page[] = [
  { path: '', text: 'GPUs', Content: BookingsPage },
  { path: 'classes', text: 'Classes', Content: ClassesPage },
  { path: 'reports', text: 'Reports', Content: ReportsPage },
  { path: 'notices', text: 'Notices', Content: NoticesPage },
  { path: 'admin', text: 'Administration', shownTo: me => me.admin, Content: AdminPage }
];

export function pagesOf(me: Me): Page[] {
  return PAGES.filter(page => page.shownTo?.(me) ?? true);
}

function named(pages: Page[], hash: string): Page {
  const path = /^#\/([^/?]*)/.exec(hash)?.[1] ?? '';
  return pages.find(page => page.path === path) ?? pages[0];
}

/** The page that the address names. Pages live in the hash, so that the service has one page to serve under any prefix. */
export function usePage(me: Me): Page {
  const [hash, setHash] = React.useState(location.hash);
  React.useEffect(() => {
    const onHash = () => setHash(location.hash);
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  return named(pagesOf(me), hash);
}
