/** The links between pages: in a row where they fit, behind a button where they do not, however many there are. */

import * as React from 'react';

/** Whether the row has less room than it needs; asked anew whenever the width changes. */
function useTooNarrow(row: React.RefObject<HTMLElement>): boolean {
  const [narrow, setNarrow] = React.useState(false);
  React.useLayoutEffect(() => {
    const bar = row.current?.parentElement;
    const look = () => {
      if (row.current && bar) {
        // Only an open row knows what it needs.
        bar.classList.remove('portal-mod-narrow');
        const tooNarrow = row.current.scrollWidth > row.current.clientWidth + 1;
        bar.classList.toggle('portal-mod-narrow', tooNarrow);
        setNarrow(tooNarrow);
      }
    };
    look();
    const observer = new ResizeObserver(look);
    if (bar) {
      observer.observe(bar);
    }
    return () => observer.disconnect();
  }, [row]);
  return narrow;
}

/** Closes what is open on Escape, on a press beside it, and when the focus or the page goes elsewhere. */
function useClosing(root: React.RefObject<HTMLElement>, open: boolean, close: (back: boolean) => void): void {
  React.useEffect(() => {
    if (!open) {
      return;
    }
    const outside = (event: Event) => !root.current?.contains(event.target as Node) && close(false);
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close(true);
    const onHash = () => close(false);
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', onKey);
    window.addEventListener('hashchange', onHash);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', onKey);
      window.removeEventListener('hashchange', onHash);
    };
  }, [root, open, close]);
}

export function Navigation({ children, tail }: { children: React.ReactNode; tail: React.ReactNode }): JSX.Element {
  const root = React.useRef<HTMLElement>(null);
  const button = React.useRef<HTMLButtonElement>(null);
  const list = React.useId();
  const narrow = useTooNarrow(root);
  const [open, setOpen] = React.useState(false);
  const close = React.useCallback((back: boolean) => {
    setOpen(false);
    if (back) {
      button.current?.focus();
    }
  }, []);
  useClosing(root, open, close);
  return (
    <nav aria-label="Pages" ref={root} className="portal-Nav">
      <button
        ref={button}
        type="button"
        className="maia-Button portal-Nav-button"
        aria-expanded={open}
        aria-controls={list}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">☰</span> Menu
      </button>
      <div id={list} className={`portal-Nav-list${open ? ' portal-mod-open' : ''}`}>
        {children}
        {narrow && tail}
      </div>
    </nav>
  );
}
