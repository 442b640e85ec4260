/** Puts the state of a form into the address, without what is empty. What of the address is not in the form stays. */
export function showState(form: HTMLFormElement): void {
  const query = new URLSearchParams(location.search);
  for (const { name } of Array.from(form.elements) as HTMLInputElement[]) query.delete(name);
  const who: string[] = [];
  for (const [name, value] of new FormData(form)) {
    if (name === 'who') who.push(String(value));
    else if (value !== '') query.set(name, String(value));
  }
  // An empty list is nobody; without the list it would be the usual people.
  if (form.querySelector('[name="who"]')) query.set('who', who.join());
  history.replaceState(null, '', `${location.pathname}?${query.toString().replaceAll('%2C', ',')}`);
}
