/** The pages and what stands around them. */

import * as React from 'react';

import { Connection } from './connection';
import { Header } from './header';
import { usePage } from './pages';
import { useServices } from './services';
import { Toasts } from './toast';
import { Zoned } from './zone';

export function App(): JSX.Element {
  const { me } = useServices();
  const page = usePage(me);
  return (
    <div className="maia-ui portal">
      <Toasts>
        <Header page={page} />
        <Connection />
        <Zoned>
          {zone => (
            <main key={zone}>
              <page.Content />
            </main>
          )}
        </Zoned>
      </Toasts>
    </div>
  );
}
