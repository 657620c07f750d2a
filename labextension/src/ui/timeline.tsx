/**
 * The timeline: one lane per GPU over some days, bookings and outages in them, free stretches to book.
 *
 * It is drawn here, for no free calendar library draws what people need of it. @event-calendar/core 5.15.0 counts hours by
 * the clock on the wall (a booking of four hours over the end of summer time is drawn as three), makes every booking a tab
 * stop inside rows and tables that axe-core faults, and selects on one row alone; vis-timeline 8.5.4 adds 117 kB of script
 * and has nothing that a keyboard or a screen reader could reach. Neither draws a booking over several GPUs as one block.
 */

import * as React from 'react';

import { Calendar, PoolCalendar } from '../api';
import { nodesOf } from './lanes';
import { projectsOf } from './legend';
import { looksOf } from './projectColours';
import { SimulatedBadge } from './simulated';
import { useTrans } from './text';
import { DAY } from './time';
import { Axis, DayLines } from './timelineAxis';
import { FreeBand } from './timelineFree';
import { Node } from './timelineNode';
import { OwnRows } from './timelineOwn';
import type { Drawing, TimelineProps } from './timelineProps';

const NONE: ReadonlySet<string> = new Set();

function Pool({ calendar, drawing }: { calendar: PoolCalendar; drawing: Drawing }): JSX.Element {
  const trans = useTrans();
  const { pool } = calendar;
  const nodes = nodesOf(calendar, drawing.start, drawing.end, drawing.now);
  return (
    <section className="maia-Pool" aria-label={pool.product}>
      <h3 className="maia-Pool-title">
        {pool.product} <SimulatedBadge {...pool} />
        <small>{trans._n('%1 GPU', '%1 GPUs', pool.capacity)}</small>
      </h3>
      <FreeBand calendar={calendar} drawing={drawing} />
      {nodes.map(lanes => (
        <Node key={lanes.node} pool={pool} lanes={lanes} drawing={drawing} />
      ))}
    </section>
  );
}

const PoolRows = React.memo(Pool);

/** Handlers that stay the same object while what they do is that of the latest rendering. */
function useDrawing(props: TimelineProps, say: (text: string) => void): Drawing {
  const latest = React.useRef(props);
  latest.current = props;
  const { calendar, start, end, now, quiet = NONE } = props;
  const names = projectsOf(calendar).map(([name]) => name).join();
  return React.useMemo(
    () => ({
      ...{ start, end, now, quiet },
      looks: looksOf(names.split(',')),
      handlers: {
        onPick: pick => latest.current.onPick(pick),
        onOpen: booking => latest.current.onOpen(booking),
        onChange: (booking, to) => latest.current.onChange(booking, to),
        say
      }
    }),
    [start, end, now, quiet, names, say]
  );
}

/** Arrow keys walk over everything in the timeline: left and right in time, up and down between GPUs. */
function useArrows(root: React.RefObject<HTMLDivElement>) {
  return (event: React.KeyboardEvent) => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
    const current = document.activeElement as HTMLElement | null;
    if (!root.current || current?.dataset.lane === undefined || !keys.includes(event.key)) {
      return;
    }
    event.preventDefault();
    const items = [...root.current.querySelectorAll<HTMLElement>('[data-lane]')];
    const next = nearest(items, current, event.key);
    if (next) {
      items.forEach(item => (item.tabIndex = -1));
      next.tabIndex = 0;
      next.focus();
    }
  };
}

/** The closest item in the direction of the key; across pools and nodes, for position on the screen decides. */
function nearest(items: HTMLElement[], current: HTMLElement, key: string): HTMLElement | undefined {
  const here = current.getBoundingClientRect();
  const across = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  const distance = (item: HTMLElement): number => {
    const there = item.getBoundingClientRect();
    if (across) {
      const sameLane = there.top < here.bottom - 1 && here.top < there.bottom - 1;
      const step = (there.left - here.left) * sign;
      return sameLane && step > 0 ? step : Infinity;
    }
    const step = (there.top - here.top) * sign;
    return step > 0 ? step * 1000 + Math.abs(there.left - here.left) : Infinity;
  };
  const best = items
    .filter(item => item !== current)
    .map(item => ({ item, far: distance(item) }))
    .sort((a, b) => a.far - b.far)[0];
  return best && best.far < Infinity ? best.item : undefined;
}

/** One tab stop for the whole timeline, wherever live updates have moved it. */
function useTabStop(root: React.RefObject<HTMLDivElement>, calendar: Calendar, start: number): void {
  React.useEffect(() => {
    const items = [...(root.current?.querySelectorAll<HTMLElement>('[data-lane]') ?? [])];
    if (items.length && !items.some(item => item.tabIndex === 0)) {
      items[0].tabIndex = 0;
    }
  }, [root, calendar, start]);
}

export function Timeline(props: TimelineProps): JSX.Element {
  const trans = useTrans();
  const root = React.useRef<HTMLDivElement>(null);
  const [said, say] = React.useState('');
  const drawing = useDrawing(props, say);
  const onKeyDown = useArrows(root);
  useTabStop(root, props.calendar, props.start);
  const hint = React.useId();
  const { start, end, now } = props;
  const long = end - start > 8 * DAY ? ' maia-mod-long' : '';
  return (
    <div
      className={`maia-Timeline${long}`}
      ref={root}
      role="group"
      aria-label={trans.__('Timeline of GPUs')}
      aria-describedby={hint}
      onKeyDown={onKeyDown}
    >
      <p id={hint} className="maia-visuallyHidden">
        {trans.__('Arrow keys move between free times and bookings, Enter books or opens.')}{' '}
        {trans.__('On a booking of yours, M moves it, S changes its start and E its end.')}{' '}
        {trans.__('The table view says the same.')}
      </p>
      <p className="maia-visuallyHidden" role="status">
        {said}
      </p>
      <Axis start={start} end={end} now={now} />
      <div className="maia-Timeline-rows">
        <DayLines start={start} end={end} now={now} />
        <OwnRows calendar={props.calendar} drawing={drawing} />
        {props.calendar.pools.map(calendar => (
          <PoolRows key={calendar.pool.id} calendar={calendar} drawing={drawing} />
        ))}
      </div>
    </div>
  );
}
