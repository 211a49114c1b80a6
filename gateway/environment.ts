/** The environment of the process. In a separate file, so that a command that reads no configuration loads nothing for it. */

/** The environment, read once. */
export interface Environment {
  readonly NODE_ENV?: string;
  readonly INTERCHANGE_CONFIG?: string;
  readonly INTERCHANGE_PORT?: string;
  readonly INTERCHANGE_DATA?: string;
  readonly INTERCHANGE_KEYS?: string;
  readonly INTERCHANGE_HOST?: string;
  readonly INTERCHANGE_METRICS_HOST?: string;
  readonly INTERCHANGE_METRICS_PORT?: string;
  readonly INTERCHANGE_NAME?: string;
  readonly INTERCHANGE_BUS?: string;
  readonly INTERCHANGE_KAFKA_BROKERS?: string;
  readonly INTERCHANGE_KAFKA_CLIENT?: string;
  readonly INTERCHANGE_KAFKA_REPLICATION?: string;
  readonly INTERCHANGE_KAFKA_PREFIX?: string;
  readonly INTERCHANGE_LOG?: string;
  readonly INTERCHANGE_REQUESTS?: string;
  readonly INTERCHANGE_URL?: string;
  readonly INTERCHANGE_TOKEN?: string;
}

export const environment = (): Environment => ({ ...process.env }) as Environment;
