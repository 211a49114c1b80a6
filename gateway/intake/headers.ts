/** The headers of an event on the bus. */

/** The CloudEvents Kafka binding's headers, repeated for filters; a consumer trusts only what is in the value. */
export const eventHeaders = (id: string, type: string, source: string) => ({
  // Without a charset, which the SDK of CloudEvents does not understand: JSON is UTF-8 (RFC 8259).
  'content-type': 'application/cloudevents+json',
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: type,
  ce_source: source,
});
