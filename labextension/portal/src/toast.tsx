/** Short messages at the lower edge, with one thing to do about them; errors stay until closed. */

import * as React from 'react';

import { Message, Say, SayContext } from '../../src/bookings';

export { useSay, useTry } from '../../src/bookings';

/** Long enough to read it and reach the button. */
const STAYS = 12_000;

export function Toasts({ children }: { children: React.ReactNode }): JSX.Element {
  const [toast, setToast] = React.useState<(Message & { id: number }) | null>(null);
  const say = React.useCallback<Say>(next => setToast({ ...next, id: Date.now() }), []);
  React.useEffect(() => {
    if (!toast || toast.error) {
      return;
    }
    const timer = window.setTimeout(() => setToast(null), STAYS);
    return () => window.clearTimeout(timer);
  }, [toast]);
  const close = () => setToast(null);
  return (
    <SayContext.Provider value={say}>
      {children}
      <div className="portal-Toasts" role="status">
        {toast && (
          <div
            key={toast.id}
            className={`portal-Toast${toast.error ? ' portal-mod-error' : ''}`}
            role={toast.error ? 'alert' : undefined}
          >
            <span>{toast.text}</span>
            {toast.action && (
              <button type="button" className="maia-Button" onClick={() => (close(), toast.action?.run())}>
                {toast.action.label}
              </button>
            )}
            <button type="button" className="maia-IconButton" aria-label="Close message" onClick={close}>
              ✕
            </button>
          </div>
        )}
      </div>
    </SayContext.Provider>
  );
}
