/** Names the kind of an error for the log. The log never has its message, because that can contain protected data. */
export const kindOfFault = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
