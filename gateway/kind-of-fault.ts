/** What a log says of an error: its kind, and never its message, which may hold what nobody may read. */
export const kindOfFault = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
