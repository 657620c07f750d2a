/** Projects in words, and what they have taken of what they may use. Pure. */

import { Booking, Project } from '../api';
import { Words } from './words';

/** The service counts in GPU-hours. */
function hours(count: number): string {
  return count < 10 ? String(Math.round(10 * count) / 10) : Math.round(count).toString();
}

/** The project of a booking; empty for the one that everybody has who is in none. */
export function purpose(booking: Booking): string {
  // Of others' bookings the class stands where the name of a person would.
  const ofClass = booking.mine && booking.of_class ? `${booking.of_class.name} / ${booking.of_class.group}` : '';
  return [ofClass, booking.project === 'default' ? '' : booking.project].filter(Boolean).join(', ');
}

/** What is booked of every limit that there is; empty without limits. */
export function taken(project: Project, trans: Words): string {
  const said = [];
  if (project.gpus !== null) {
    said.push(trans.__('%1 of %2 GPUs booked now', project.gpus_now, project.gpus));
  }
  if (project.hours_per_week !== null) {
    const limit = hours(project.hours_per_week);
    said.push(trans.__('%1 of %2 GPU-hours this week', hours(project.hours_this_week), limit));
  }
  if (project.hours_per_month !== null) {
    const limit = hours(project.hours_per_month);
    said.push(trans.__('%1 of %2 GPU-hours this month', hours(project.hours_this_month), limit));
  }
  if (project.products !== null) {
    said.push(trans.__('only %1', project.products.join(', ') || trans.__('no GPU at all')));
  }
  return said.join(' · ');
}
