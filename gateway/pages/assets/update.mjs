/**
 * Updates the part of a page that says so, every 30 seconds while the page is shown. Without script the page can be loaded again. The header
 * says that nobody asked: the session of a person who does nothing still ends.
 */
const MILLISECONDS = 30_000;
const part = document.querySelector('[data-updates]');
const controls = document.querySelector('[data-update-controls]');

if (part !== null && controls !== null) {
  let timer;
  const status = document.createElement('span');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'govuk-button govuk-button--secondary govuk-!-margin-bottom-0';

  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = 'Update by itself';
    status.textContent = ' The page does not update.';
  };
  const update = async () => {
    // Never take away what a person uses now.
    if (document.hidden || part.contains(document.activeElement)) return;
    const response = await fetch(location.href, { headers: { 'Interchange-Update': '1' }, cache: 'no-store' }).catch(() => undefined);
    if (response === undefined) return;
    // Whoever is not signed in any more is shown another page.
    if (!response.ok || response.redirected) return stop();
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('[data-updates]');
    if (fresh === null) return stop();
    if (timer === undefined || part.contains(document.activeElement)) return;
    // What a person has opened stays open.
    for (const { id } of part.querySelectorAll('details[open][id]'))
      fresh.querySelector(`details[id="${CSS.escape(id)}"]`)?.setAttribute('open', '');
    part.replaceChildren(...fresh.childNodes);
  };
  const start = () => {
    timer = setInterval(update, MILLISECONDS);
    button.textContent = 'Stop updating';
    status.textContent = ' The page updates by itself.';
  };
  button.addEventListener('click', () => (timer === undefined ? start() : stop()));
  controls.append(button, status);
  start();
}
