/** What happened to my servers, until I have read it. */

import * as React from 'react';

import { State } from '../../src/api';
import { localised, useNow } from '../../src/ui';
import { MINUTE, moment, ms } from '../../src/ui/time';
import { NoticeActions } from './noticeActions';
import { useServices } from './services';
import { useTry } from './toast';

export function Notices({ state }: { state: State }): JSX.Element | null {
  const { api, clock } = useServices();
  const attempt = useTry();
  const now = useNow(clock, MINUTE);
  // What is offered stands with its buttons where it is waited for.
  const held = new Set([...state.queue, ...state.waitlist].map(each => each.notice));
  const notices = state.notices.filter(notice => !held.has(notice.id));
  if (!notices.length) {
    return null;
  }
  return (
    <section className="portal-Notices" aria-label="Notices">
      {notices.map(notice => (
        <div key={notice.id} className="portal-Notice">
          <div>
            <strong>{notice.title}</strong> <small>{moment(ms(notice.at), now)}</small>
            <p>{localised(notice.message, now)}</p>
          </div>
          <div className="maia-Actions">
            <NoticeActions notice={notice} state={state} />
            <button type="button" className="maia-Button" onClick={() => void attempt(() => api.dismiss(notice.id))}>
              Dismiss
            </button>
          </div>
        </div>
      ))}
    </section>
  );
}
