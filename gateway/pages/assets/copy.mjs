/** Adds a button that copies to every code sample. Without script the sample can be selected as any text. */
for (const sample of document.querySelectorAll('.app-code')) {
  if (!navigator.clipboard) break;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'govuk-button govuk-button--secondary app-copy';
  button.textContent = 'Copy';
  const hidden = document.createElement('span');
  hidden.className = 'govuk-visually-hidden';
  hidden.textContent = ` ${sample.getAttribute('aria-label') ?? ''}`;
  button.append(hidden);
  const status = document.createElement('span');
  status.className = 'app-copied';
  status.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(sample.textContent ?? '').then(
      () => true,
      () => false,
    );
    status.textContent = copied ? 'Copied' : 'Select the text and copy it';
  });
  const row = document.createElement('div');
  row.className = 'app-copy-row';
  row.append(button, status);
  sample.after(row);
}
