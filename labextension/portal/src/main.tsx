/** Starts the portal: who am I, then one stream, then the pages. */

import * as React from 'react';
import { createRoot } from 'react-dom/client';

import './tokens.css';
import '../../src/ui/ui.css';
import '../../src/ui/timeline.css';
import '../../src/ui/bookings.css';
import './portal.css';
import './reports/reports.css';

import { AroundContext } from '../../src/bookings';
import { App } from './app';
import { Failed, Loading } from './gate';
import { Services, ServicesContext, connect } from './services';
import { applyTheme, storedTheme } from './theme';

applyTheme(storedTheme());

function Root(): JSX.Element {
  const [services, setServices] = React.useState<Services | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  React.useEffect(() => {
    let timer = 0;
    const start = () =>
      connect().then(setServices, failure => {
        setError(failure);
        timer = window.setTimeout(start, 2000);
      });
    void start();
    return () => window.clearTimeout(timer);
  }, []);
  if (services) {
    return (
      <ServicesContext.Provider value={services}>
        <AroundContext.Provider value={services}>
          <App />
        </AroundContext.Provider>
      </ServicesContext.Provider>
    );
  }
  return error ? <Failed error={error} /> : <Loading />;
}

createRoot(document.getElementById('root') as HTMLElement).render(<Root />);
