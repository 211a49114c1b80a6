/** The namespace of WS-Addressing 1.0. */
export const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
