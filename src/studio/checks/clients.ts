/**
 * The mail clients that most people read in, and what people call them. Not Windows Mail, which ended in 2024. Of
 * Thunderbird the one that caniemail tests; it is the same on all systems.
 */
const NAMES = {
  'gmail.desktop-webmail': 'Gmail in a browser',
  'gmail.android': 'Gmail on Android',
  'gmail.ios': 'Gmail on iPhone',
  'gmail.mobile-webmail': 'Gmail in a phone’s browser',
  'apple-mail.ios': 'Apple Mail on iPhone',
  'apple-mail.macos': 'Apple Mail on Mac',
  'outlook.windows': 'Outlook on Windows',
  'outlook.macos': 'Outlook on Mac',
  'outlook.outlook-com': 'Outlook.com',
  'outlook.ios': 'Outlook on iPhone',
  'outlook.android': 'Outlook on Android',
  'yahoo.desktop-webmail': 'Yahoo Mail in a browser',
  'yahoo.ios': 'Yahoo Mail on iPhone',
  'yahoo.android': 'Yahoo Mail on Android',
  'samsung-email.android': 'Samsung Email',
  'thunderbird.macos': 'Thunderbird',
} as const;

/** caniemail's name of a client. */
export type ClientId = keyof typeof NAMES;

export const CLIENTS = Object.keys(NAMES) as ClientId[];

/** For people, the best-known first. */
export function nameClients(ids: ReadonlySet<string>): string[] {
  return CLIENTS.filter((id) => ids.has(id)).map((id) => NAMES[id]);
}
