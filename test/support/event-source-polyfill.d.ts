/** What tests use of `event-source-polyfill`, which has no types. */
declare module 'event-source-polyfill' {
  export class EventSourcePolyfill {
    constructor(url: string, options?: { readonly headers?: Readonly<Record<string, string>>; readonly heartbeatTimeout?: number });
    addEventListener(type: string, listener: (event: { readonly data: string }) => void): void;
    close(): void;
  }
}
