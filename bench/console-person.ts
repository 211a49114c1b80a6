/** A person who has signed in to the console of a development gateway, without a browser. */
export interface SignedIn {
  /** Asks for a page. Resolves to its markup; rejects where it is not 200. */
  readonly get: (path: string) => Promise<string>;
  /** Sends a form of the page at a path; resolves to the address that it leads to. */
  readonly post: (path: string, fields: Readonly<Record<string, string>>) => Promise<string>;
}

const MOST_REDIRECTS = 12;

/** Keeps cookies, and follows what leads on. */
export async function signInAs(url: string, person: string): Promise<SignedIn> {
  const cookies = new Map<string, string>();
  const once = async (path: string, form?: URLSearchParams): Promise<Response> => {
    const response = await fetch(new URL(path, url), {
      redirect: 'manual',
      headers: {
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { Origin: url }),
      },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  const follow = async (path: string, form?: URLSearchParams): Promise<{ readonly page: string; readonly text: string }> => {
    let response = await once(path, form);
    let page = path;
    for (let n = 0; n < MOST_REDIRECTS && response.status >= 300 && response.status < 400; n++) {
      page = new URL(response.headers.get('Location') ?? '', new URL(page, url)).href;
      await response.arrayBuffer();
      response = await once(page);
    }
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${page} answers ${response.status}`);
    return { page, text };
  };
  const choose = await follow('/console/sign-in/start?page=%2Fconsole');
  await follow(choose.page, new URLSearchParams({ person }));
  const get = async (path: string): Promise<string> => (await follow(path)).text;
  const token = /name="formToken" value="([^"]+)"/.exec(await get('/console'))?.[1] ?? '';
  return { get, post: async (path, fields) => (await follow(path, new URLSearchParams({ ...fields, formToken: token }))).page };
}
