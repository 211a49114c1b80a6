/** The parameters of an operation, with the types of the contract. */
import type { operations } from '../../../contracts/generated/openapi.d.ts';

export type OperationId = keyof operations;

/** Query parameters that have a default in the contract: a handler always has them. `loadContract` holds the contract to it. */
export const DEFAULTED = ['hours', 'limit', 'linked', 'wait'] as const;
type Defaulted = (typeof DEFAULTED)[number];

type Place = 'path' | 'query' | 'header';
type Stated<Id extends OperationId, Where extends Place> = [NonNullable<operations[Id]['parameters'][Where]>] extends [never]
  ? Readonly<Record<never, never>>
  : NonNullable<operations[Id]['parameters'][Where]>;
type WithDefaults<Query> = Query & { readonly [Name in keyof Query & Defaulted]-?: NonNullable<Query[Name]> };

/** The parameters of a request by their place and by the names that the contract has for them. */
export interface Parameters<Id extends OperationId = OperationId> {
  readonly path: Stated<Id, 'path'>;
  readonly query: WithDefaults<Stated<Id, 'query'>>;
  readonly header: Stated<Id, 'header'>;
}
