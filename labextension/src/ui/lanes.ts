/**
 * Bookings and outages laid into the lanes of a node, one lane per GPU: an outage that names its GPU into that one's, the
 * others and bookings where there is room. Pure: no DOM.
 */

import { Booking, Gpu, Outage, PoolCalendar } from '../api';
import { ms } from './time';

export interface Block {
  key: string;
  kind: 'booking' | 'outage';
  booking: Booking | null;
  outage: Outage | null;
  start: number;
  end: number;
  /** First lane and number of lanes that this block covers; a booking without neighbouring lanes has several blocks. */
  lane: number;
  height: number;
}

export interface Gap {
  lane: number;
  start: number;
  end: number;
}

export interface NodeLanes {
  node: string;
  gpus: Gpu[];
  blocks: Block[];
  /** Free stretches per lane, inside the shown interval, from now on. */
  gaps: Gap[];
}

interface Item {
  key: string;
  booking: Booking | null;
  outage: Outage | null;
  gpus: number;
  start: number;
  end: number;
}

/** When the GPUs of a booking became free, or will. */
export function occupiedUntil(booking: Booking): number {
  return booking.ended_at ? Math.min(ms(booking.end), ms(booking.ended_at)) : ms(booking.end);
}

function itemsOf(calendar: PoolCalendar, node: string): Item[] {
  const bookings = calendar.bookings
    .filter(booking => booking.node === node && booking.cause !== 'cancelled')
    .map(booking => ({
      key: booking.id,
      booking,
      outage: null,
      gpus: booking.gpus,
      start: ms(booking.start),
      end: occupiedUntil(booking)
    }));
  const outages = calendar.outages
    .filter(outage => outage.node === node)
    .map((outage, index) => ({
      key: `outage-${index}`,
      booking: null,
      outage,
      gpus: outage.gpus,
      start: ms(outage.start),
      end: ms(outage.end)
    }));
  return [...outages, ...bookings].filter(item => item.end > item.start).sort((a, b) => a.start - b.start);
}

/** The lanes for one item: neighbours where possible, outages from the last lane upwards. */
function choose(free: number[], item: Item): number[] {
  const order = item.outage ? [...free].reverse() : free;
  for (let first = 0; first + item.gpus <= order.length; first++) {
    const window = order.slice(first, first + item.gpus);
    if (Math.abs(window[window.length - 1] - window[0]) === item.gpus - 1) {
      return window.sort((a, b) => a - b);
    }
  }
  return order.slice(0, item.gpus).sort((a, b) => a - b);
}

/** The same for a booking that outages leave fewer lanes than it needs: it lies over them, so that everybody sees it. */
function chooseOver(free: number[], behind: number[], item: Item): number[] {
  const lanes = choose(free, item);
  const more = behind.filter(lane => !lanes.includes(lane)).slice(0, item.gpus - lanes.length);
  return [...lanes, ...more].sort((a, b) => a - b);
}

function blocksOf(item: Item, lanes: number[]): Block[] {
  const blocks: Block[] = [];
  for (const lane of lanes) {
    const last = blocks[blocks.length - 1];
    if (last && last.lane + last.height === lane) {
      last.height += 1;
    } else {
      const { booking, outage, start, end } = item;
      const kind = booking ? 'booking' : 'outage';
      blocks.push({ key: `${item.key}/${lane}`, kind, booking, outage, start, end, lane, height: 1 });
    }
  }
  return blocks;
}

function gapsOf(lane: number, blocks: Block[], from: number, to: number): Gap[] {
  const gaps: Gap[] = [];
  let start = from;
  const taken = blocks
    .filter(block => block.lane <= lane && lane < block.lane + block.height)
    .sort((a, b) => a.start - b.start);
  for (const block of taken) {
    if (Math.min(block.start, to) > start) {
      gaps.push({ lane, start, end: Math.min(block.start, to) });
    }
    start = Math.max(start, block.end);
  }
  if (to > start) {
    gaps.push({ lane, start, end: to });
  }
  return gaps;
}

function lanesOf(calendar: PoolCalendar, node: string, start: number, end: number, now: number): NodeLanes {
  const gpus = calendar.pool.gpus.filter(gpu => gpu.node === node).sort((a, b) => a.index - b.index);
  const busyUntil = gpus.map(() => -Infinity);
  const bookedUntil = gpus.map(() => -Infinity);
  const items = itemsOf(calendar, node);
  const named = items.map(item => ({ item, lane: gpus.findIndex(gpu => gpu.id === item.outage?.gpu) })).filter(({ lane }) => lane >= 0);
  const blocks = named.flatMap(({ item, lane }) => blocksOf(item, [lane]));
  const broken = (lane: number, { start, end }: Item) =>
    named.some(one => one.lane === lane && one.item.start < end && start < one.item.end);
  for (const item of items.filter(each => !named.some(one => one.item === each))) {
    const all = gpus.map((_, lane) => lane);
    const free = all.filter(lane => busyUntil[lane] <= item.start && !broken(lane, item));
    const behind = all.filter(lane => bookedUntil[lane] <= item.start);
    const lanes = item.booking ? chooseOver(free, behind, item) : choose(free, item);
    for (const lane of lanes) {
      busyUntil[lane] = Math.max(busyUntil[lane], item.end);
      bookedUntil[lane] = item.booking ? item.end : bookedUntil[lane];
    }
    blocks.push(...blocksOf(item, lanes));
  }
  const from = Math.max(start, now);
  return { node, gpus, blocks, gaps: gpus.flatMap((_, lane) => gapsOf(lane, blocks, from, end)) };
}

/** All nodes of a pool over [start, end), in the order of their names. */
export function nodesOf(calendar: PoolCalendar, start: number, end: number, now: number): NodeLanes[] {
  const nodes = [...new Set(calendar.pool.gpus.map(gpu => gpu.node))].sort();
  return nodes.map(node => lanesOf(calendar, node, start, end, now));
}
