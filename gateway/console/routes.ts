/** What a part of the console needs to say which page answers which request. */
import type { Request, Response } from 'express';
import { isId } from '../wire/id-form.ts';
import { ProblemAnswered } from './answers.ts';
import type { Person } from './person.ts';
import { type Answer, type AnswerTo, textIn } from './visit.ts';

/** What answers the form of a person. */
export type FormAnswer = (person: Person, form: URLSearchParams, request: Request, response: Response) => Promise<Answer | undefined>;

export interface Routes {
  /** A page at a path below the console. */
  readonly get: (path: string, answerTo: AnswerTo) => void;
  /** A form that is sent to a path below the console. */
  readonly post: (path: string, answer: FormAnswer) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The id of a message in the path. Throws {@link ProblemAnswered} where it is not one. */
export function messageIdIn({ params }: Request): string {
  const id = textIn(params.id) ?? '';
  if (!isId(id)) throw new ProblemAnswered(404, { title: 'There is no such message, or you may not see it' });
  return id;
}
