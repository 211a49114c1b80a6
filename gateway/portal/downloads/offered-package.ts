/** A package that this gateway can hand out, made when somebody asks for it. */
export interface OfferedPackage {
  /** `@justice-interchange/client`. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** `justice-interchange-client-0.1.0.tgz`. */
  readonly file: string;
  readonly archive: () => Buffer;
}
