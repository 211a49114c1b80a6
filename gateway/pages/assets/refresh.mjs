/** Loads a page again while it shows something that is under way. Without this script, the page has a link that does the same. */
const SECONDS = 2;
/** A page that nobody looks at must not keep its session alive: after so many times, only the link is left. */
const MOST = 150;
const KEY = `refreshed ${location.pathname}`;

if (document.querySelector('[data-refresh]') === null) sessionStorage.removeItem(KEY);
else {
  const times = Number(sessionStorage.getItem(KEY) ?? 0);
  sessionStorage.setItem(KEY, String(times + 1));
  if (times < MOST) setTimeout(() => location.reload(), SECONDS * 1000);
}
