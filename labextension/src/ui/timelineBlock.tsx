/** A booking or an outage as it is drawn on the timeline. */

import * as React from 'react';

import { Booking } from '../api';
import type { Block } from './lanes';
import { purpose } from './quota';
import { useTrans } from './text';
import { clockTime, duration, span } from './time';
import { percent } from './timelineAxis';
import { useBookingChange } from './timelineChange';
import type { Drawing, Stretch } from './timelineProps';
import type { Words } from './words';

/** Height of a lane in CSS pixels; the style sheet reads it from the same element. */
export const LANE = 34;

/** Where a stretch lies over lanes. */
export function place(at: Stretch, first: number, height: number, range: Stretch): React.CSSProperties {
  const left = percent(at.start, range);
  const width = percent(at.end, range) - left;
  return { left: `${left}%`, width: `${width}%`, top: first * LANE, height: height * LANE };
}

function title(booking: Booking, trans: Words, now: number, at: Stretch): string {
  const who = booking.mine ? trans.__('Your booking') : trans.__('Booked by %1', booking.user);
  const gpus = trans._n('%1 GPU', '%1 GPUs', booking.gpus);
  const more = [purpose(booking), booking.note].filter(Boolean).map(text => `, ${text}`);
  return `${who}: ${gpus}, ${span(at.start, at.end, now)}${more.join('')}`;
}

export interface BookingBlockProps {
  booking: Booking;
  at: Stretch;
  lane: number;
  height: number;
  drawing: Drawing;
  area: React.RefObject<HTMLElement>;
  /** In the rows of one's own bookings: which GPUs it has, for no lane says so there. */
  where?: string;
}

function looks(props: BookingBlockProps, movable: boolean, held: boolean): { className: string; style: React.CSSProperties } {
  const { booking, at, drawing, where } = props;
  const quiet = drawing.quiet.has(booking.project);
  const look = quiet ? undefined : drawing.looks.get(booking.project);
  const classes = [
    where === undefined ? 'maia-Block' : 'maia-OwnBlock',
    booking.mine ? 'maia-mod-mine' : '',
    booking.state === 'ended' || at.end <= drawing.now ? 'maia-mod-over' : '',
    movable ? 'maia-mod-movable' : '',
    held ? 'maia-mod-held' : '',
    quiet ? 'maia-mod-quiet' : '',
    `maia-pattern-${look?.pattern ?? 'none'}`
  ];
  return {
    className: classes.filter(Boolean).join(' '),
    style: { '--maia-project': look?.colour } as React.CSSProperties
  };
}

function Drawn(props: BookingBlockProps): JSX.Element {
  const { booking, drawing, where } = props;
  const trans = useTrans();
  const { edges, held, shown, handlers } = useBookingChange(booking, props.at, drawing, props.area);
  const text = title(booking, trans, drawing.now, shown);
  const { className, style } = looks(props, edges.length > 0, held);
  const rest = where ?? (booking.note || duration(shown.end - shown.start));
  const starts = shown.start >= drawing.start;
  const ends = shown.end <= drawing.end;
  return (
    <button
      type="button"
      className={className}
      tabIndex={-1}
      data-lane={props.lane}
      data-booking={booking.id}
      title={text}
      aria-keyshortcuts={edges.map(edge => edge[0].toUpperCase()).join(' ') || undefined}
      style={{ ...style, ...place(shown, props.lane, props.height, drawing) }}
      {...handlers}
    >
      <span className="maia-visuallyHidden">
        {where && `${where}. `}
        {text}.{' '}
      </span>
      <span className="maia-Block-face" aria-hidden="true">
        <b>{booking.mine ? trans.__('You') : booking.user}</b> {purpose(booking) && <em>{purpose(booking)}</em>}{' '}
        {held ? `${clockTime(shown.start)} – ${clockTime(shown.end)}` : rest}
      </span>
      {starts && edges.includes('start') && <i className="maia-Edge maia-mod-start" data-edge="start" />}
      {ends && edges.includes('end') && <i className="maia-Edge maia-mod-end" data-edge="end" />}
    </button>
  );
}

/** The same booking at the same place, though the calendar was loaded anew, is not drawn again. */
function unchanged(before: BookingBlockProps, after: BookingBlockProps): boolean {
  const { booking: a, at: was, drawing: d, ...old } = before;
  const { booking: b, at: is, drawing: e, ...rest } = after;
  const keys = Object.keys(rest) as (keyof typeof rest)[];
  return (
    (a === b || (a.id === b.id && a.etag === b.etag && a.state === b.state && a.may.join() === b.may.join())) &&
    (was.start === is.start && was.end === is.end) &&
    (d.start === e.start && d.end === e.end && d.quiet === e.quiet && d.looks === e.looks) &&
    // Only what has begun, or is one's own, looks different a minute later.
    (d.now === e.now || (!b.mine && (was.end <= d.now) === (is.end <= e.now))) &&
    keys.every(key => old[key] === rest[key])
  );
}

export const BookingBlock = React.memo(Drawn, unchanged);

export function OutageBlock({ block, drawing }: { block: Block; drawing: Drawing }): JSX.Element {
  const trans = useTrans();
  const kept = block.outage?.kept;
  const text = kept
    ? trans.__('Kept free for who has waited longest on the waiting list')
    : trans.__('Out of service: %1', block.outage?.reason || trans.__('maintenance'));
  return (
    <div className={`maia-Outage${kept ? ' maia-mod-kept' : ''}`} title={text} style={place(block, block.lane, block.height, drawing)}>
      <span>{text}</span>
    </div>
  );
}
