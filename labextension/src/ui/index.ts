/** What the Lab panels and the portal share. Wrap it in an element with the class `maia-ui`. */

export * from './bookingForm';
export * from './calendarTable';
export * from './countdown';
export * from './dialog';
export * from './draft';
export * from './errors';
export { occupiedUntil } from './lanes';
export * from './legend';
export * from './poolOptions';
export * from './preview';
export * from './projectField';
export * from './quota';
export * from './repeat';
export * from './repeatFields';
export * from './simulated';
export * from './text';
export * from './timeline';
export { percent } from './timelineAxis';
export { freePath, merged } from './timelineFree';
export * from './timelineProps';
export * from './verdict';
export * from './visitors';
export * from './waiting';
export * from './waitlist';
export * from './words';
