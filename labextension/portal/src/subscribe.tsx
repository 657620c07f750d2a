/** Addresses for calendar programs: make one, copy it, give it another, end it. */

import * as React from 'react';

import { Feed, FeedKind, NewFeed, Pool, Project } from '../../src/api';
import { Dialog, ErrorText, useNow } from '../../src/ui';
import { MINUTE, moment, ms } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';
import { useTry } from './toast';

interface Target {
  kind: FeedKind;
  of: string;
  label: string;
}

/** What one can subscribe to, and what one has subscribed to although it is not there any more. */
function targetsOf(pools: Pool[], projects: Project[], feeds: Feed[]): Target[] {
  const mine = projects.filter(project => project.roles.length > 0 && project.name !== 'default');
  const known: Target[] = [
    { kind: 'own', of: '', label: 'My bookings' },
    ...mine.map(project => ({ kind: 'project' as const, of: project.name, label: `Bookings of ${project.name}` })),
    ...pools.map(pool => ({ kind: 'pool' as const, of: pool.id, label: `All bookings of ${pool.product}` }))
  ];
  const others = feeds.filter(feed => !known.some(target => target.kind === feed.kind && target.of === feed.of));
  return [...known, ...others.map(({ kind, of }) => ({ kind, of, label: `Bookings of ${of}` }))];
}

function Address({ made, label }: { made: NewFeed; label: string }): JSX.Element {
  const [copied, setCopied] = React.useState(false);
  const field = React.useRef<HTMLInputElement>(null);
  const address = `${location.origin}${made.path}`;
  const copy = async () => {
    field.current?.select();
    // Without encryption browsers have no clipboard for pages: then it is selected, and Ctrl-C copies it.
    await navigator.clipboard?.writeText(address);
    setCopied(Boolean(navigator.clipboard));
  };
  return (
    <div className="portal-Address">
      <label className="maia-Field maia-mod-grow">
        Address: {label}
        <input ref={field} readOnly value={address} onFocus={event => event.target.select()} />
      </label>
      <button type="button" className="maia-Button maia-mod-primary" onClick={() => void copy()}>
        Copy
      </button>
      <p role="status" className="portal-Soft">
        {copied && 'Copied. '}
        Paste it into your calendar program (“subscribe”, “from URL”). It is shown this once.
      </p>
    </div>
  );
}

interface RowProps {
  target: Target;
  feed?: Feed;
  onChanged: () => void;
}

function Row({ target, feed, onChanged }: RowProps): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const now = useNow(clock, MINUTE);
  const [made, setMade] = React.useState<NewFeed | null>(null);
  const make = async (call: () => Promise<NewFeed>) => {
    if (await attempt(async () => setMade(await call()))) {
      onChanged();
    }
  };
  const revoke = async () => {
    if (feed && (await attempt(() => api.revokeFeed(feed.id)))) {
      setMade(null);
      onChanged();
    }
  };
  const button = (text: string, run: () => void) => (
    <button type="button" className="maia-Button" aria-label={`${text}: ${target.label}`} onClick={run}>
      {text}
    </button>
  );
  return (
    <li>
      <div className="portal-Subscription">
        <span>
          <strong>{target.label}</strong>{' '}
          {feed && <small>address made {moment(ms(feed.renewed), now)}</small>}
        </span>
        {!feed && button('Subscribe', () => void make(() => api.addFeed(target.kind, target.of)))}
        {feed && button('New address', () => void make(() => api.renewFeed(feed.id)))}
        {feed && button('Revoke', () => void revoke())}
      </div>
      {made && feed && <Address made={made} label={target.label} />}
    </li>
  );
}

export function SubscribeDialog({ pools, onClose }: { pools: Pool[]; onClose: () => void }): JSX.Element {
  const { api } = useServices();
  const { value: feeds, error, reload } = useLoaded(() => api.feeds(), [api]);
  const projects = useLoaded(() => api.projects(), [api]).value;
  return (
    <Dialog title="Subscribe in your calendar" onClose={onClose}>
      <p className="portal-Soft">
        A calendar program that knows such an address shows these bookings and follows every change. It can change nothing.
        Keep an address to yourself: whoever knows it can read on until you revoke it or take a new one.
      </p>
      {error !== null && <ErrorText error={error} />}
      {feeds && projects && (
        <ul className="portal-Subscriptions">
          {targetsOf(pools, projects, feeds).map(target => (
            <Row
              key={`${target.kind}/${target.of}`}
              target={target}
              feed={feeds.find(one => one.kind === target.kind && one.of === target.of)}
              onChanged={reload}
            />
          ))}
        </ul>
      )}
    </Dialog>
  );
}
