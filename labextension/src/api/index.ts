/**
 * The typed client of the MAIA Hub service, shared by the Lab panels and the portal. It knows neither React nor JupyterLab.
 *
 * The shapes mirror `maia_hub/client/models`, subject by subject. Times are ISO 8601 strings in UTC.
 */

export * from './bookings';
export * from './calendar';
export * from './classes';
export * from './client';
export * from './contact';
export * from './feeds';
export * from './gpus';
export * from './people';
export * from './problems';
export * from './projects';
export * from './reports';
export * from './rules';
export * from './series';
export * from './servers';
export * from './shares';
export * from './waitlist';
export * from './templates';
