/** Translation as the shared components need it: JupyterLab's in Lab, plain English in the portal. Pure. */

/** What the components need of JupyterLab's `TranslationBundle`; its tools collect the texts by the name `trans`. */
export interface Words {
  __(message: string, ...values: unknown[]): string;
  _n(singular: string, plural: string, n: number, ...values: unknown[]): string;
}

/** JupyterLab's placeholders: %1 is the first value. */
function filled(message: string, values: unknown[]): string {
  return message.replace(/%(\d)/g, (_, n: string) => String(values[Number(n) - 1] ?? ''));
}

/** Why a server that runs cannot be extended, and what happens instead. */
export function fixedText(trans: Words): string {
  return trans.__(
    'This server’s image cannot follow an extension: if the booking is extended, it is restarted at this end, with the GPU.'
  );
}

export const ENGLISH: Words = {
  __: (message, ...values) => filled(message, values),
  _n: (singular, plural, n, ...values) => filled(n === 1 ? singular : plural, [n, ...values])
};
