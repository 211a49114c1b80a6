/** What KafkaJS does not declare. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: { readonly prototype: object };
  export default RequestQueue;
}

declare module 'kafkajs/src/network/connection.js' {
  const Connection: { readonly prototype: object };
  export default Connection;
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { ISocketFactory } from 'kafkajs';

  const openSocket: () => ISocketFactory;
  export default openSocket;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeInt8(value: number): Encoder;
    writeDouble(value: number): Encoder;
    writeBoolean(value: boolean): Encoder;
    writeString(value: string | null): Encoder;
    writeArray(values: readonly Encoder[]): Encoder;
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export interface ProtocolDecoder {
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readDouble(): number;
    readString(): string | null;
    readArray<T>(read: (decoder: ProtocolDecoder) => T): T[];
    readBoolean(): boolean;
    readBytes(length: number): Buffer | null;
    readUVarIntString(): string | null;
    readUVarIntArray<T>(read: (decoder: ProtocolDecoder) => T): T[] | null;
    readTaggedFields(): object | null;
  }
  const Decoder: new (bytes: Buffer) => ProtocolDecoder;
  export default Decoder;
}

declare module 'kafkajs/src/protocol/error.js' {
  export function createErrorFromCode(code: number): Error;
}
