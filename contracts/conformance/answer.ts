/** One request to the system that is checked, and its answer. The system is trusted in nothing: not its size, not its speed, not its redirects. */

export interface Answer {
  readonly status: number;
  /** Headers and body as one text. */
  readonly text: string;
  readonly body: string;
}

const LONGEST = 1024 * 1024;

/** Posts a body on a new connection. Undefined when there is no answer in so many milliseconds. */
export async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  milliseconds: number,
): Promise<Answer | undefined> {
  try {
    const signal = AbortSignal.timeout(milliseconds);
    const response = await fetch(url, { method: 'POST', body, headers: { ...headers, Connection: 'close' }, redirect: 'manual', signal });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > LONGEST) return undefined;
    }
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    return { status: response.status, text: `${response.statusText}\n${head}\n\n${text}`, body: text };
  } catch {
    return undefined;
  }
}
