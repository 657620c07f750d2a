/** Booking as the portal and JupyterLab share it: the calendar, and all that is done with a booking. */

export * from './actions';
export * from './around';
export * from './attempt';
export * from './calendarCard';
export * from './comingDays';
export * from './dialogs';
export * from './dragged';
export * from './handOver';
export * from './leaving';
export * from './live';
export * from './opened';
export * from './states';
export * from './templates';
export * from './view';
