/** How one looks at the calendar: in the address, so that a reload, a link and the way back keep it; else as last time. */

import * as React from 'react';

import { View, keepView, lastView, textOf, viewOf } from '../../src/bookings';

function inAddress(): View | null {
  const [, query = ''] = location.hash.split('?');
  return viewOf(query);
}

export function useKeptView(): [View, (view: View) => void] {
  const [view, setView] = React.useState(() => inAddress() ?? lastView());
  React.useEffect(() => {
    const onHash = () => setView(inAddress() ?? lastView());
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  const choose = React.useCallback((next: View) => {
    keepView(next);
    setView(next);
    history.pushState(null, '', `#/?${textOf(next)}`);
  }, []);
  return [view, choose];
}
