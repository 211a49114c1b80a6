/** What the configuration of a transport can say of every message that it brings. */
import type { Json, JsonObject } from '../../adapters/adapter.ts';
import type { Arrival } from './transport.ts';

export interface AboutSettings {
  /** The adapter that reads the messages. Without it the content decides. */
  readonly adapter?: string;
  readonly mediaType?: string;
  readonly charset?: string;
  /** The label that the sender asserts for each message. It can only raise. */
  readonly label?: Json;
}

/** The properties of {@link AboutSettings} in the JSON Schema of a transport's settings. */
export const ABOUT_PROPERTIES: JsonObject = {
  adapter: {
    type: 'string',
    pattern: '^[a-z][a-z0-9-]*$',
    description: 'The adapter that reads the messages. Without it the content decides',
  },
  mediaType: { type: 'string', pattern: '^[a-z0-9.+-]+/[a-z0-9.+-]+$', description: 'The media type of the messages' },
  charset: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,40}$', description: 'The character encoding of the messages' },
  label: { type: 'object', description: 'The label that the sender asserts for each message. It can only raise' },
};

/** A message as it arrived; `mediaType` is what the transport knows where the settings say nothing. */
export function arrivalOf(settings: AboutSettings, sender: Arrival['sender'], bytes: Uint8Array, mediaType?: string): Arrival {
  const { adapter, charset, label } = settings;
  const type = settings.mediaType ?? mediaType;
  return {
    bytes,
    sender,
    ...(type === undefined ? {} : { mediaType: type }),
    ...(charset === undefined ? {} : { charset }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(label === undefined ? {} : { assertion: label }),
  };
}
