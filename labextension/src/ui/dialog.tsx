/** A modal dialog on the browser's own `<dialog>`: focus stays inside and returns, Escape closes. */

import * as React from 'react';

import { useTrans } from './text';

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: React.ReactNode;
  /** False while a stray click beside the dialog would lose what was typed. */
  lightDismiss?: boolean;
}

export function Dialog({ title, onClose, children, lightDismiss = false }: DialogProps): JSX.Element {
  const trans = useTrans();
  const ref = React.useRef<HTMLDialogElement>(null);
  const heading = React.useId();
  React.useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    return () => {
      dialog?.close();
      before?.focus?.();
    };
  }, []);
  const onCancel = (event: React.SyntheticEvent) => {
    event.preventDefault();
    onClose();
  };
  const onClick = (event: React.MouseEvent) => {
    if (lightDismiss && event.target === ref.current) {
      onClose();
    }
  };
  return (
    <dialog ref={ref} className="maia-Dialog" aria-labelledby={heading} onCancel={onCancel} onClick={onClick}>
      <div className="maia-Dialog-body">
        <div className="maia-Dialog-header">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="maia-IconButton" aria-label={trans.__('Close')} onClick={onClose}>
            ✕
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
