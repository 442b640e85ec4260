const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const ofToday = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

/** Times as the reader writes them, in the zone of their machine; the service does not know it. */
export function localizeTimes(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-time]')) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const isToday = date.toDateString() === new Date().toDateString();
    const text = isToday ? ofToday.format(date) : moment.format(date);
    if (element.textContent !== text) element.textContent = text;
    element.title = moment.format(date);
  }
}
