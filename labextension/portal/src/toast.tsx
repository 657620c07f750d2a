/** Short messages at the lower edge, with one thing to do about them; errors stay until closed. */

import * as React from 'react';

import { ErrorText } from '../../src/ui';

export interface Toast {
  text: React.ReactNode;
  error?: boolean;
  action?: { label: string; run: () => void };
}

export type Say = (toast: Toast) => void;

export const SayContext = React.createContext<Say>(() => undefined);

export function useSay(): Say {
  return React.useContext(SayContext);
}

/** Long enough to read it and reach the button. */
const STAYS = 12_000;

export function Toasts({ children }: { children: React.ReactNode }): JSX.Element {
  const [toast, setToast] = React.useState<(Toast & { id: number }) | null>(null);
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

/** Runs an action and says so if it fails; true if it went well. */
export function useTry(): (action: () => Promise<unknown>) => Promise<boolean> {
  const say = useSay();
  return React.useCallback(
    async action => {
      try {
        await action();
        return true;
      } catch (error) {
        say({ text: <ErrorText error={error} />, error: true });
        return false;
      }
    },
    [say]
  );
}
