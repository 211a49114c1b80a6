/** A request of an operation as its handler gets it: checked against the contract, with the types of the contract. */
import type { Request, RequestHandler, Response } from 'express';
import type { operations } from '../../../contracts/generated/openapi.d.ts';
import type { Operation } from './contract.ts';
import type { OperationId, Parameters } from './parameters.ts';

type JsonType = 'application/json' | 'application/merge-patch+json';
type Content<Id extends OperationId> =
  NonNullable<operations[Id]['requestBody']> extends { readonly content: infer Types } ? Types : Readonly<Record<never, never>>;

export interface Call<Id extends OperationId> extends Parameters<Id> {
  /** The JSON of the body. Throws HttpProblem for another media type, and `invalid-request` with the places. */
  readonly body: () => Content<Id>[keyof Content<Id> & JsonType];
  /** For what the contract does not name as a parameter: the bytes of the body, `Accept`, `Content-Type`. */
  readonly request: Request;
}

export type OperationHandler<Id extends OperationId> = (call: Call<Id>, response: Response) => void | Promise<void>;

/** Checks the parameters of a request, and keeps them for {@link handle}. Throws HttpProblem `invalid-request` with the places. */
export const checkParameters =
  ({ parametersOf }: Operation): RequestHandler =>
  (request, response, next) => {
    response.locals.parameters = parametersOf(request);
    next();
  };

/** The parameters that {@link checkParameters} kept. */
export const parametersIn = <Id extends OperationId = OperationId>(locals: Record<string, unknown>): Parameters<Id> =>
  locals.parameters as Parameters<Id>;

/** Runs the handler of an operation with what {@link checkParameters} kept. */
export const handle =
  <Id extends OperationId>({ bodyOf }: Operation, handler: OperationHandler<Id>): RequestHandler =>
  (request, response) => {
    const body = () => bodyOf(request) as ReturnType<Call<Id>['body']>;
    return handler({ ...parametersIn<Id>(response.locals), body, request }, response);
  };
