/** The native module as it is loaded; `src/native.ts` gives it its type. */
declare const addon: unknown;
export = addon;
