/** The security label of an event, as events carry it. */

/** A label as events carry it (`schemas/labels/label.json`). An absent `releasableTo` is unrestricted; an empty one means nobody. */
export interface Label {
  readonly policy: { readonly id: string; readonly version: string };
  readonly classification: string;
  readonly sensitive?: boolean;
  readonly handling?: readonly string[];
  readonly descriptors?: readonly string[];
  readonly caveats?: readonly string[];
  readonly codewords?: readonly string[];
  readonly releasableTo?: readonly string[];
  readonly restrictions?: readonly string[];
  /** Values of the policy's own categories, by the category's id: those of an imported policy. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** A marking as received in a legacy message. It opens nothing. */
  readonly legacy?: string;
}

/** The short marking for people and for the `classification` attribute, such as `OFFICIAL-SENSITIVE`. */
export const markingOf = (label: Label): string => (label.sensitive === true ? `${label.classification}-SENSITIVE` : label.classification);
