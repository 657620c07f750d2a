/** The pages and what stands around them. */

import * as React from 'react';

import { AdminPage } from './admin/page';
import { BookingsPage } from './bookingsPage';
import { Connection } from './connection';
import { Header, Page } from './header';
import { NoticesPage } from './noticesPage';
import { useServices } from './services';
import { Toasts } from './toast';

function pageOf(hash: string): Page {
  if (hash.startsWith('#/notices')) {
    return 'notices';
  }
  return hash.startsWith('#/admin') ? 'admin' : 'bookings';
}

/** Pages live in the hash, so that the service has one page to serve under any prefix. */
function usePage(): Page {
  const [page, setPage] = React.useState(pageOf(location.hash));
  React.useEffect(() => {
    const onHash = () => setPage(pageOf(location.hash));
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  return page;
}

export function App(): JSX.Element {
  const { me } = useServices();
  const page = usePage();
  const shown = page === 'admin' && !me.admin ? 'bookings' : page;
  return (
    <div className="maia-ui portal">
      <Toasts>
        <Header page={shown} />
        <Connection />
        <main>
          {shown === 'admin' && <AdminPage />}
          {shown === 'notices' && <NoticesPage />}
          {shown === 'bookings' && <BookingsPage />}
        </main>
      </Toasts>
    </div>
  );
}
