/** What the events are called that Amplitude gets of us; charts and results go by these names. */
export const SERVED = 'served';
export const CLICKED = 'clicked';

export type EventType = typeof SERVED | typeof CLICKED;
